#ifndef CK_RECURRENT_H
#define CK_RECURRENT_H
#include <stddef.h>

// Kernels of recurrent layers. Memory is time-major: one step of a batch is a contiguous block of
// rows x (gates x units) floats. A gate is a block of `units` columns.

/// What `ck_rows` computes for each number.
enum ck_rows_operation {
  CK_ROWS_COPY = 0,        // y = a
  CK_ROWS_ADD,             // y += a
  CK_ROWS_SUBTRACT,        // y = a - b
  CK_ROWS_MULTIPLY,        // y = a b
  CK_ROWS_MULTIPLY_ADD,    // y += a b
  CK_ROWS_COMPLEMENT,      // y = a (1 - b)
  CK_ROWS_COMPLEMENT_ADD,  // y += a (1 - b)
};

/// An operation over `rows` rows of `width` numbers; each operand has its own distance between rows.
/// b is not read by copies and additions. y may be a or b, but not a part of them that is shifted.
void ck_rows(
    int operation, size_t rows, size_t width, const float *a, size_t a_stride, const float *b,
    size_t b_stride, float *y, size_t y_stride);

/// y[j][i] = x[i][j], rows of `width` numbers: x is outer x inner rows, y is inner x outer rows. With
/// `reversed_inner` j counts from the end of x' inner axis, with `reversed_outer` i from the end of its
/// outer one. x and y do not overlap.
void ck_swap_rows(
    size_t outer, size_t inner, size_t width, int reversed_outer, int reversed_inner,
    const float *x, float *y);

/// One step of an LSTM with sigmoid and tanh, gates in the order i, f, c, o.
///
/// z is rows x 4 units: the input's share with the bias, and becomes the four gates after their
/// activations. `recurrent` is the state's share, or null for none. c = f c_before + i g,
/// h = o tanh(c). Hochreiter and Schmidhuber (1997), Gers et al. (2000).
void ck_lstm_forward(
    size_t rows, size_t units, float *z, const float *recurrent, const float *c_before, float *c,
    float *h);

/// The gradients of that step: `gates` become those of z; dh is read; dc is the gradient of c and
/// becomes that of c_before. Adds the column sums of the gradient of z to db, unless it is null.
void ck_lstm_backward(
    size_t rows, size_t units, float *gates, const float *c_before, const float *c, const float *dh,
    float *dc, float *db);

/// One step of a GRU with sigmoid and tanh whose reset gate acts after the product, gates in the order
/// z, r, h.
///
/// `a` is rows x 3 units: the input's share with its bias, and becomes the gates after their
/// activations; `recurrent` is the state's share with its own bias.
/// h = z h_before + (1 - z) tanh(a_h + r recurrent_h). Cho et al. (2014), as in cuDNN and Keras.
void ck_gru_forward(
    size_t rows, size_t units, float *a, const float *recurrent, const float *h_before, float *h);

/// The gradients of that step: `gates` become those of `a`, `recurrent` those of itself; dh is the
/// gradient of h and becomes the part of h_before's that does not go through `recurrent`. Adds column
/// sums to db (of `a`) and db_recurrent, unless they are null.
void ck_gru_backward(
    size_t rows, size_t units, float *gates, float *recurrent, const float *h_before, float *dh,
    float *db, float *db_recurrent);

/// out[i] = table[indices[i]], rows of `width` numbers; an index that is no whole number in
/// 0 ..< rows gives a row of NaN.
void ck_embed(
    size_t count, size_t rows, size_t width, const float *indices, const float *table, float *out);
/// gradient[indices[i]] += d[i] for every index that is a row; `gradient` is cleared first.
void ck_embed_backward(
    size_t count, size_t rows, size_t width, const float *indices, const float *d, float *gradient);

/// mask[i] = 1 where any of the `width` numbers of row i differs from `value` (a NaN does), else 0;
/// y is x, with 0 in the other rows. y or mask may be null. y may be x.
void ck_mask_rows(size_t rows, size_t width, float value, const float *x, float *y, float *mask);
#endif
