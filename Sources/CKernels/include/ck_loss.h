#ifndef CK_LOSS_H
#define CK_LOSS_H
#include <stddef.h>

// Every loss returns the weighted SUM of the loss over the rows and, when d is not null, writes the
// gradient times `scale` to d, which must not overlap the outputs. NaN in gives NaN out.

/// One weight for every `spread` rows that follow each other; w null: each row weighs 1.
typedef struct {
  const float *w;
  size_t spread;
} ck_weights;

/// What only some of the losses read.
typedef struct {
  /// Huber's turn from a square to a line.
  float delta;
  /// The part of each target that is spread evenly over the classes.
  float smoothing;
  /// Focal losses: the weight and the exponent.
  float alpha, gamma;
  /// Binary focal loss: whether alpha weighs the classes (1) or nothing (0).
  int balances;
} ck_loss_options;

/// The losses that are computed number by number.
enum ck_pointwise {
  CK_LOSS_BINARY = 0,
  CK_LOSS_BINARY_FOCAL,
  CK_LOSS_BINARY_FOCAL_LOGITS,
  CK_LOSS_SQUARED,
  CK_LOSS_ABSOLUTE,
  CK_LOSS_PERCENTAGE,
  CK_LOSS_LOG_SQUARED,
  CK_LOSS_HUBER,
  CK_LOSS_LOG_COSH,
  CK_LOSS_HINGE,
  CK_LOSS_SQUARED_HINGE,
  CK_LOSS_KL,
  CK_LOSS_POISSON,
};

/// Such a loss of the outputs p and targets y, rows x columns: the mean over the columns of each
/// row (KL: the sum).
double ck_pointwise_loss(
    int f, ck_loss_options o, size_t rows, size_t columns, const float *p, const float *y,
    ck_weights weights, float scale, float *d);

/// Softmax and cross-entropy from logits z; p receives the probabilities unless it is null. `label`
/// holds a class number for each row; one that is no class makes the row's loss and gradient NaN.
double ck_softmax_cross_entropy_sparse(
    ck_loss_options o, size_t rows, size_t columns, const float *z, const float *label,
    ck_weights weights, float scale, float *p, float *d);
/// The same for target distributions y, rows x columns.
double ck_softmax_cross_entropy(
    ck_loss_options o, size_t rows, size_t columns, const float *z, const float *y,
    ck_weights weights, float scale, float *p, float *d);
/// Sigmoid and binary cross-entropy from logits z, the mean over the columns of each row; p receives
/// the probabilities unless it is null.
double ck_sigmoid_cross_entropy(
    ck_loss_options o, size_t rows, size_t columns, const float *z, const float *y,
    ck_weights weights, float scale, float *p, float *d);

/// Cross-entropy from probabilities, each row divided by its sum and clipped to [1e-7, 1 - 1e-7] as
/// Keras does.
double ck_cross_entropy_sparse(
    ck_loss_options o, size_t rows, size_t columns, const float *p, const float *label,
    ck_weights weights, float scale, float *d);
double ck_cross_entropy(
    ck_loss_options o, size_t rows, size_t columns, const float *p, const float *y,
    ck_weights weights, float scale, float *d);

/// alpha (1 - q)^gamma times each term of the cross-entropy, q as above, or softmax of logits.
double ck_categorical_focal(
    ck_loss_options o, int from_logits, size_t rows, size_t columns, const float *p,
    const float *y, ck_weights weights, float scale, float *d);

/// max(1 + max((1 - y) p) - sum of y p, 0) for each row.
double ck_categorical_hinge(
    size_t rows, size_t columns, const float *p, const float *y, ck_weights weights, float scale,
    float *d);

/// Minus the cosine of the angle between the rows of p and y.
double ck_cosine(
    size_t rows, size_t columns, const float *p, const float *y, ck_weights weights, float scale,
    float *d);

/// out[i] = the weight of row i times that of its class: the number in y[i] when is_sparse, else the
/// place of the largest of `columns` targets, or for one column the target rounded. A class from
/// `class_count` on weighs 1; what is no class at all weighs NaN.
void ck_class_weights(
    size_t rows, size_t columns, int is_sparse, const float *y, size_t class_count,
    const float *class_weights, ck_weights weights, float *out);
#endif
