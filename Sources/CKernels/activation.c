#include "include/ck_activation.h"

#include "clones.h"

#define SELU_SCALE 1.05070098735548049f
#define SELU_ALPHA 1.67326324235437728f
#define INV_SQRT2 0.707106781186547524f
#define INV_SQRT_2PI 0.398942280401432678f

// f(x). Comparisons are turned so that a NaN falls through as itself.
CK_INLINE float value(int f, float a, float x) {
  switch (f) {
    case CK_RELU: return x < 0.0f ? 0.0f : x;
    case CK_SIGMOID: return ck_sigmoid(x);
    case CK_TANH: return ck_tanh(x);
    case CK_ELU: return x < 0.0f ? a * (ck_exp(x) - 1.0f) : x;
    case CK_SELU: return SELU_SCALE * (x < 0.0f ? SELU_ALPHA * (ck_exp(x) - 1.0f) : x);
    case CK_GELU: return 0.5f * x * (1.0f + ck_erf(x * INV_SQRT2));
    case CK_SOFTPLUS: return ck_softplus(x);
    case CK_LEAKY_RELU: return x < 0.0f ? a * x : x;
    default: return x;
  }
}

// f'(x) from x and y = f(x).
CK_INLINE float slope(int f, float a, float x, float y) {
  switch (f) {
    case CK_RELU: return y <= 0.0f ? 0.0f : 1.0f;
    case CK_SIGMOID: return y * (1.0f - y);
    case CK_TANH: return 1.0f - y * y;
    case CK_ELU: return y < 0.0f ? y + a : 1.0f;
    case CK_SELU: return y < 0.0f ? y + SELU_SCALE * SELU_ALPHA : SELU_SCALE;
    case CK_GELU:
      return 0.5f * (1.0f + ck_erf(x * INV_SQRT2)) + x * INV_SQRT_2PI * ck_exp(-0.5f * x * x);
    case CK_SOFTPLUS: return 1.0f - ck_exp(-y);
    case CK_LEAKY_RELU: return y < 0.0f ? a : 1.0f;
    default: return 1.0f;
  }
}

// Calls `pass` with the function as a constant, so that each becomes its own vector loop.
#define FOR_EACH_ACTIVATION(pass)                \
  switch (f) {                                   \
    case CK_RELU: pass(CK_RELU); break;          \
    case CK_SIGMOID: pass(CK_SIGMOID); break;    \
    case CK_TANH: pass(CK_TANH); break;          \
    case CK_ELU: pass(CK_ELU); break;            \
    case CK_SELU: pass(CK_SELU); break;          \
    case CK_GELU: pass(CK_GELU); break;          \
    case CK_SOFTPLUS: pass(CK_SOFTPLUS); break;  \
    case CK_LEAKY_RELU: pass(CK_LEAKY_RELU); break; \
    default: pass(CK_LINEAR); break;             \
  }

CK_CLONES
void ck_activation_forward(int f, float a, size_t n, const float *x, float *y) {
#define PASS(F) \
  CK_IN_PLACE for (size_t i = 0; i < n; i++) y[i] = value(F, a, x[i])
  FOR_EACH_ACTIVATION(PASS)
#undef PASS
}

CK_CLONES
void ck_activation_backward(
    int f, float a, size_t n, const float *x, const float *y, const float *dy, float *dx) {
#define PASS(F)                           \
  CK_IN_PLACE for (size_t i = 0; i < n; i++) dx[i] = slope(F, a, F == CK_GELU ? x[i] : 0.0f, y[i]) * dy[i]
  FOR_EACH_ACTIVATION(PASS)
#undef PASS
}

CK_CLONES
void ck_activation_backward_bias(
    int f, float a, size_t rows, size_t columns, const float *x, const float *y, float *d,
    float *db) {
  if (db)
    for (size_t j = 0; j < columns; j++) db[j] = 0.0f;
#define PASS(F)                                                                 \
  for (size_t i = 0; i < rows; i++) {                                           \
    const float *restrict xi = F == CK_GELU ? x + i * columns : 0;              \
    const float *restrict yi = y + i * columns;                                 \
    float *restrict di = d + i * columns, *restrict b = db;                     \
    if (b)                                                                      \
      for (size_t j = 0; j < columns; j++) {                                    \
        float t = slope(F, a, F == CK_GELU ? xi[j] : 0.0f, yi[j]) * di[j];      \
        di[j] = t;                                                              \
        b[j] += t;                                                              \
      }                                                                         \
    else if (F != CK_LINEAR)                                                    \
      for (size_t j = 0; j < columns; j++)                                      \
        di[j] = slope(F, a, F == CK_GELU ? xi[j] : 0.0f, yi[j]) * di[j];        \
  }
  FOR_EACH_ACTIVATION(PASS)
#undef PASS
}

CK_CLONES
void ck_softmax_forward(size_t rows, size_t columns, const float *x, float *y) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *xi = x + i * columns;
    float *yi = y + i * columns, most = ck_largest(columns, xi), sum = 0.0f;
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) {
      float e = ck_exp(xi[j] - most);
      yi[j] = e;
      sum += e;
    }
    float scale = 1.0f / sum;
    for (size_t j = 0; j < columns; j++) yi[j] *= scale;
  }
}

CK_CLONES
void ck_softmax_backward(
    size_t rows, size_t columns, const float *y, const float *dy, float *dx) {
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *yi = y + i * columns, *di = dy + i * columns;
    float *xi = dx + i * columns, sum = 0.0f;
    for (size_t j = 0; j < columns; j++) sum += yi[j] * di[j];
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) xi[j] = yi[j] * (di[j] - sum);
  }
}
