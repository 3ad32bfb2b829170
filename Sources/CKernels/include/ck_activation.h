#ifndef CK_ACTIVATION_H
#define CK_ACTIVATION_H
#include <stddef.h>

/// The activation functions, numbered as the kernels know them.
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
};

/// y[i] = f(x[i]). `a` is elu's alpha or leaky_relu's negative slope. y may be x.
void ck_activation_forward(int f, float a, size_t n, const float *x, float *y);

/// dx[i] = f'(x[i]) dy[i], from the output y (and the input x, which only gelu reads).
/// dx may be dy.
void ck_activation_backward(
    int f, float a, size_t n, const float *x, const float *y, const float *dy, float *dx);

/// The same in place over a matrix of rows x columns, and the column sums of the result in db
/// (overwritten): the gradient of a bias in the same pass. db may be null.
void ck_activation_backward_bias(
    int f, float a, size_t rows, size_t columns, const float *x, const float *y, float *d,
    float *db);

/// y = softmax of each row of x. y may be x.
void ck_softmax_forward(size_t rows, size_t columns, const float *x, float *y);

/// dx = y (dy - sum of y dy) for each row. dx may be dy.
void ck_softmax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx);
#endif
