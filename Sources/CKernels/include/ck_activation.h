#ifndef CK_ACTIVATION_H
#define CK_ACTIVATION_H
#include <stddef.h>

/// The element-wise functions, numbered as the kernels know them.
enum ck_activation {
  CK_LINEAR = 0,
  CK_RELU,
  CK_SIGMOID,
  CK_TANH,
  CK_ELU,
  CK_SELU,
  CK_GELU,
  CK_SOFTPLUS,
  CK_LEAKY_RELU,
  CK_RELU6,
  CK_CELU,
  CK_GELU_TANH,
  CK_SILU,
  CK_SOFTSIGN,
  CK_TANH_SHRINK,
  CK_HARD_TANH,
  CK_HARD_SHRINK,
  CK_SOFT_SHRINK,
  CK_HARD_SIGMOID,
  CK_HARD_SILU,
  CK_LOG_SIGMOID,
  CK_EXPONENTIAL,
  CK_MISH,
  CK_SQUAREPLUS,
  CK_SPARSE_PLUS,
  CK_SPARSE_SIGMOID,
};

/// y[i] = f(x[i]). `a` is elu's and celu's alpha (not 0), leaky_relu's negative slope (not 0), the
/// threshold of the two shrinking functions, or squareplus' b. y may be x.
void ck_activation_forward(int f, float a, size_t n, const float *x, float *y);

/// dx[i] = f'(x[i]) dy[i], from the output y, and from the input x where ck_activation_needs_input.
/// dx may be dy.
void ck_activation_backward(
    int f, float a, size_t n, const float *x, const float *y, const float *dy, float *dx);

/// The same in place over a matrix of rows x columns, and the column sums of the result in db
/// (overwritten): the gradient of a bias in the same pass. db may be null.
void ck_activation_backward_bias(
    int f, float a, size_t rows, size_t columns, const float *x, const float *y, float *d,
    float *db);

/// Whether f' is computed from the input and not from the output.
int ck_activation_needs_input(int f);

/// A function of two lines: slope x + offset up to `threshold`, and min(x, most) above it.
typedef struct {
  float threshold, slope, offset, most;
} ck_lines;

/// y[i] = the function of two lines at x[i]. y may be x.
void ck_lines_forward(ck_lines f, size_t n, const float *x, float *y);
/// dx[i] = its derivative at the input x[i], times dy[i]. dx may be dy.
void ck_lines_backward(ck_lines f, size_t n, const float *x, const float *dy, float *dx);

// Functions of a whole row. Each may work in place: y may be x, dx may be dy.

/// y = softmax of each row of x.
void ck_softmax_forward(size_t rows, size_t columns, const float *x, float *y);
/// dx = y (dy - sum of y dy) for each row.
void ck_softmax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx);

/// y = log softmax of each row of x.
void ck_log_softmax_forward(size_t rows, size_t columns, const float *x, float *y);
/// dx = dy - exp(y) (sum of dy) for each row.
void ck_log_softmax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx);

/// y = the point of the simplex nearest to each row of x.
/// Martins and Astudillo (2016), https://arxiv.org/abs/1602.02068.
void ck_sparsemax_forward(size_t rows, size_t columns, const float *x, float *y);
/// dx = dy - (mean of dy over the support) on the support y > 0, and 0 elsewhere.
void ck_sparsemax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx);

/// y = a sigmoid(b) where a row of x, 2 x columns long, is a followed by b. y is not x.
/// Dauphin et al. (2017), https://arxiv.org/abs/1612.08083.
void ck_glu_forward(size_t rows, size_t columns, const float *x, float *y);
/// dx, 2 x columns wide, from dy, columns wide. dx is not dy.
void ck_glu_backward(
    size_t rows, size_t columns, const float *x, const float *dy, float *dx);
#endif
