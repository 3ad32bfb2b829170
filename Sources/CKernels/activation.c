#include "include/ck_activation.h"

#include <math.h>

#include "clones.h"

#define SELU_SCALE 1.05070098735548049f
#define SELU_ALPHA 1.67326324235437728f
#define INV_SQRT2 0.707106781186547524f
#define INV_SQRT_2PI 0.398942280401432678f
// gelu by tanh: tanh(sqrt(2 / pi) (x + 0.044715 x^3)).
#define SQRT_2_PI 0.797884560802865356f
#define GELU_CUBIC 0.044715f

// tanh(softplus(x)) = (e^2 + 2 e) / (e^2 + 2 e + 2) with e = exp(x); 1 in float from x = 10 on.
CK_INLINE float mish_factor(float x) {
  float e = ck_exp(x > 10.0f ? 10.0f : x), n = e * (e + 2.0f);
  return n / (n + 2.0f);
}

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
    case CK_RELU6: return x < 0.0f ? 0.0f : (x > 6.0f ? 6.0f : x);
    case CK_CELU: return x < 0.0f ? a * (ck_exp(x / a) - 1.0f) : x;
    case CK_GELU_TANH:
      return 0.5f * x * (1.0f + ck_tanh(SQRT_2_PI * (x + GELU_CUBIC * x * x * x)));
    case CK_SILU: return x * ck_sigmoid(x);
    case CK_SOFTSIGN: return x / (1.0f + ck_abs(x));
    case CK_TANH_SHRINK: return x - ck_tanh(x);
    case CK_HARD_TANH: return x < -1.0f ? -1.0f : (x > 1.0f ? 1.0f : x);
    case CK_HARD_SHRINK: return ck_abs(x) <= a ? 0.0f : x;
    case CK_SOFT_SHRINK: return x > a ? x - a : (x < -a ? x + a : x - x);
    case CK_HARD_SIGMOID: return x < -3.0f ? 0.0f : (x > 3.0f ? 1.0f : x * (1.0f / 6) + 0.5f);
    case CK_HARD_SILU: return x < -3.0f ? 0.0f : (x > 3.0f ? x : x * (x * (1.0f / 6) + 0.5f));
    case CK_LOG_SIGMOID: return -ck_softplus(-x);
    case CK_EXPONENTIAL: return ck_exp(x);
    case CK_MISH: return x * mish_factor(x);
    case CK_SQUAREPLUS: {
      // (x + sqrt(x^2 + b)) / 2, below 0 without the difference of two large numbers.
      float s = __builtin_elementwise_sqrt(x * x + a);
      return x < 0.0f ? 0.5f * a / (s - x) : 0.5f * (x + s);
    }
    case CK_SPARSE_PLUS:
      return x < -1.0f ? 0.0f : (x > 1.0f ? x : 0.25f * (x + 1.0f) * (x + 1.0f));
    case CK_SPARSE_SIGMOID: return x < -1.0f ? 0.0f : (x > 1.0f ? 1.0f : 0.5f * (x + 1.0f));
    default: return x;
  }
}

#define NEEDS_INPUT(f)                                                               \
  ((f) == CK_GELU || (f) == CK_GELU_TANH || (f) == CK_SILU || (f) == CK_TANH_SHRINK || \
   (f) == CK_HARD_SILU || (f) == CK_MISH || (f) == CK_SQUAREPLUS || (f) == CK_SPARSE_PLUS)

int ck_activation_needs_input(int f) { return NEEDS_INPUT(f); }

// f'(x) from y = f(x), and from x where NEEDS_INPUT.
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
    case CK_RELU6: return y <= 0.0f || y >= 6.0f ? 0.0f : 1.0f;
    case CK_CELU: return y < 0.0f ? y / a + 1.0f : 1.0f;
    case CK_GELU_TANH: {
      float t = ck_tanh(SQRT_2_PI * (x + GELU_CUBIC * x * x * x));
      // 1 - t^2 is exactly 0 where x^2 is large, but not where it overflows.
      float q = x * x > 1e4f ? 1e4f : x * x;
      return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * SQRT_2_PI * (1.0f + 3.0f * GELU_CUBIC * q);
    }
    case CK_SILU: {
      float s = ck_sigmoid(x);
      return s * (1.0f + x * (1.0f - s));
    }
    case CK_SOFTSIGN: return (1.0f - ck_abs(y)) * (1.0f - ck_abs(y));
    case CK_TANH_SHRINK: return ck_tanh(x) * ck_tanh(x);
    case CK_HARD_TANH: return y <= -1.0f || y >= 1.0f ? 0.0f : 1.0f;
    case CK_HARD_SHRINK:
    case CK_SOFT_SHRINK: return y == 0.0f ? 0.0f : 1.0f;
    case CK_HARD_SIGMOID: return y <= 0.0f || y >= 1.0f ? 0.0f : 1.0f / 6;
    case CK_HARD_SILU: return x <= -3.0f ? 0.0f : (x >= 3.0f ? 1.0f : x * (1.0f / 3) + 0.5f);
    case CK_LOG_SIGMOID: return 1.0f - ck_exp(y);
    case CK_EXPONENTIAL: return y;
    case CK_MISH: {
      float t = mish_factor(x);
      return t + x * (1.0f - t * t) * ck_sigmoid(x);
    }
    case CK_SQUAREPLUS: {
      float s = __builtin_elementwise_sqrt(x * x + a);
      return x < 0.0f ? 0.5f * a / (s * (s - x)) : 0.5f + 0.5f * x / s;
    }
    case CK_SPARSE_PLUS: return x <= -1.0f ? 0.0f : (x >= 1.0f ? 1.0f : 0.5f * (x + 1.0f));
    case CK_SPARSE_SIGMOID: return y <= 0.0f || y >= 1.0f ? 0.0f : 0.5f;
    default: return 1.0f;
  }
}

// Calls `pass` with the function as a constant, so that each becomes its own vector loop.
#define CASE(pass, F) \
  case F: pass(F); break;
#define FOR_EACH_ACTIVATION(pass)                                                       \
  switch (f) {                                                                          \
    CASE(pass, CK_RELU) CASE(pass, CK_SIGMOID) CASE(pass, CK_TANH) CASE(pass, CK_ELU)   \
    CASE(pass, CK_SELU) CASE(pass, CK_GELU) CASE(pass, CK_SOFTPLUS)                     \
    CASE(pass, CK_LEAKY_RELU) CASE(pass, CK_RELU6) CASE(pass, CK_CELU)                  \
    CASE(pass, CK_GELU_TANH) CASE(pass, CK_SILU) CASE(pass, CK_SOFTSIGN)                \
    CASE(pass, CK_TANH_SHRINK) CASE(pass, CK_HARD_TANH) CASE(pass, CK_HARD_SHRINK)      \
    CASE(pass, CK_SOFT_SHRINK) CASE(pass, CK_HARD_SIGMOID) CASE(pass, CK_HARD_SILU)     \
    CASE(pass, CK_LOG_SIGMOID) CASE(pass, CK_EXPONENTIAL) CASE(pass, CK_MISH)           \
    CASE(pass, CK_SQUAREPLUS) CASE(pass, CK_SPARSE_PLUS) CASE(pass, CK_SPARSE_SIGMOID)  \
    default: pass(CK_LINEAR); break;                                                    \
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
#define PASS(F)                              \
  CK_IN_PLACE for (size_t i = 0; i < n; i++) \
    dx[i] = slope(F, a, NEEDS_INPUT(F) ? x[i] : 0.0f, y[i]) * dy[i]
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
    const float *restrict xi = NEEDS_INPUT(F) ? x + i * columns : 0;            \
    const float *restrict yi = y + i * columns;                                 \
    float *restrict di = d + i * columns, *restrict b = db;                     \
    if (b)                                                                      \
      for (size_t j = 0; j < columns; j++) {                                    \
        float t = slope(F, a, NEEDS_INPUT(F) ? xi[j] : 0.0f, yi[j]) * di[j];    \
        di[j] = t;                                                              \
        b[j] += t;                                                              \
      }                                                                         \
    else if (F != CK_LINEAR)                                                    \
      for (size_t j = 0; j < columns; j++)                                      \
        di[j] = slope(F, a, NEEDS_INPUT(F) ? xi[j] : 0.0f, yi[j]) * di[j];      \
  }
  FOR_EACH_ACTIVATION(PASS)
#undef PASS
}

CK_CLONES
void ck_lines_forward(ck_lines f, size_t n, const float *x, float *y) {
  CK_IN_PLACE for (size_t i = 0; i < n; i++) {
    float v = x[i];
    y[i] = v <= f.threshold ? f.slope * v + f.offset : (v > f.most ? f.most : v);
  }
}

CK_CLONES
void ck_lines_backward(ck_lines f, size_t n, const float *x, const float *dy, float *dx) {
  CK_IN_PLACE for (size_t i = 0; i < n; i++)
    dx[i] = dy[i] * (x[i] <= f.threshold ? f.slope : (x[i] >= f.most ? 0.0f : 1.0f));
}
