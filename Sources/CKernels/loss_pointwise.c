// Losses that are computed number by number; definitions of keras/src/losses/losses.py.
#include "loss_math.h"

CK_INLINE float largest_of(float x, float least) { return x < least ? least : x; }

// The focal loss of one probability: (1 - p_t)^gamma times the binary cross-entropy of the clipped
// probability. Lin et al. (2017), https://arxiv.org/abs/1708.02002, equation 4.
CK_INLINE float focal_value(ck_loss_options o, float p, float y) {
  float q = clip(p), u = 1.0f - (y * p + (1.0f - y) * (1.0f - p));
  float entropy = -(y * ck_log(q) + (1.0f - y) * ck_log(1.0f - q));
  float weight = o.balances ? y * o.alpha + (1.0f - y) * (1.0f - o.alpha) : 1.0f;
  return weight * ck_power(u, o.gamma) * entropy;
}

CK_INLINE float focal_slope(ck_loss_options o, float p, float y) {
  float q = clip(p), u = 1.0f - (y * p + (1.0f - y) * (1.0f - p));
  float entropy = -(y * ck_log(q) + (1.0f - y) * ck_log(1.0f - q));
  float weight = o.balances ? y * o.alpha + (1.0f - y) * (1.0f - o.alpha) : 1.0f;
  float entropy_slope = inside(p) ? (q - y) / (q * (1.0f - q)) : 0.0f;
  float factor_slope = o.gamma == 0.0f
      ? 0.0f : o.gamma * ck_power(u, o.gamma - 1.0f) * (1.0f - 2.0f * y);
  return weight * (factor_slope * entropy + ck_power(u, o.gamma) * entropy_slope);
}

// log(cosh(e)) = |e| + log(1 + exp(-2 |e|)) - log 2, by its series where that would cancel.
CK_INLINE float log_cosh(float e) {
  float a = ck_abs(e), q = e * e;
  return a < 0.1f ? q * (0.5f - q * (1.0f / 12 - q * (1.0f / 45)))
                  : a + ck_log1p(ck_exp(-2.0f * a)) - 0.693147181f;
}

CK_INLINE float value(int f, ck_loss_options o, float p, float y) {
  float e = p - y;
  switch (f) {
    case CK_LOSS_BINARY: {
      float q = clip(p);
      return -(y * ck_log(q) + (1.0f - y) * ck_log(1.0f - q));
    }
    case CK_LOSS_BINARY_FOCAL: return focal_value(o, p, y);
    case CK_LOSS_BINARY_FOCAL_LOGITS: return focal_value(o, ck_sigmoid(p), y);
    case CK_LOSS_SQUARED: return e * e;
    case CK_LOSS_ABSOLUTE: return ck_abs(e);
    case CK_LOSS_PERCENTAGE: return 100.0f * ck_abs(e / largest_of(ck_abs(y), EPSILON));
    case CK_LOSS_LOG_SQUARED: {
      float l = ck_log(largest_of(p, EPSILON) + 1.0f) - ck_log(largest_of(y, EPSILON) + 1.0f);
      return l * l;
    }
    case CK_LOSS_HUBER: {
      float a = ck_abs(e);
      return a > o.delta ? o.delta * (a - 0.5f * o.delta) : 0.5f * a * a;
    }
    case CK_LOSS_LOG_COSH: return log_cosh(e);
    case CK_LOSS_HINGE: return largest_of(1.0f - y * p, 0.0f);
    case CK_LOSS_SQUARED_HINGE: {
      float m = largest_of(1.0f - y * p, 0.0f);
      return m * m;
    }
    case CK_LOSS_KL: {
      float t = largest_of(y, EPSILON), q = largest_of(p, EPSILON);
      t = t > 1.0f ? 1.0f : t;
      q = q > 1.0f ? 1.0f : q;
      return t * ck_log(t / q);
    }
    case CK_LOSS_POISSON: return p - y * ck_log(p + EPSILON);
    default: return NAN;
  }
}

CK_INLINE float slope(int f, ck_loss_options o, float p, float y) {
  float e = p - y;
  switch (f) {
    case CK_LOSS_BINARY: return inside(p) ? (p - y) / (p * (1.0f - p)) : 0.0f;
    case CK_LOSS_BINARY_FOCAL: return focal_slope(o, p, y);
    case CK_LOSS_BINARY_FOCAL_LOGITS: {
      float s = ck_sigmoid(p);
      return focal_slope(o, s, y) * s * (1.0f - s);
    }
    case CK_LOSS_SQUARED: return 2.0f * e;
    case CK_LOSS_ABSOLUTE: return e > 0.0f ? 1.0f : (e < 0.0f ? -1.0f : e);
    case CK_LOSS_PERCENTAGE: {
      float s = 100.0f / largest_of(ck_abs(y), EPSILON);
      return e > 0.0f ? s : (e < 0.0f ? -s : e);
    }
    case CK_LOSS_LOG_SQUARED: {
      float l = ck_log(largest_of(p, EPSILON) + 1.0f) - ck_log(largest_of(y, EPSILON) + 1.0f);
      return p < EPSILON ? 0.0f : 2.0f * l / (p + 1.0f);
    }
    case CK_LOSS_HUBER: return e > o.delta ? o.delta : (e < -o.delta ? -o.delta : e);
    case CK_LOSS_LOG_COSH: return ck_tanh(e);
    // p - p is 0, or NaN where a NaN must stay visible.
    case CK_LOSS_HINGE: return 1.0f - y * p <= 0.0f ? 0.0f : (p - p) - y;
    case CK_LOSS_SQUARED_HINGE: return -2.0f * y * largest_of(1.0f - y * p, 0.0f);
    case CK_LOSS_KL: {
      float t = largest_of(y, EPSILON);
      t = t > 1.0f ? 1.0f : t;
      return p < EPSILON || p > 1.0f ? 0.0f : -t / p;
    }
    case CK_LOSS_POISSON: return 1.0f - y / (p + EPSILON);
    default: return NAN;
  }
}

// Keras' hinge takes labels 0 and 1 for -1 and 1 when all labels are 0 or 1.
CK_INLINE int are_binary(size_t n, const float *y) {
  for (size_t i = 0; i < n; i++)
    if (y[i] != 0.0f && y[i] != 1.0f) return 0;
  return 1;
}

#define CASE(F) \
  case F: PASS(F); break;

CK_CLONES
double ck_pointwise_loss(
    int f, ck_loss_options o, size_t rows, size_t columns, const float *p, const float *y,
    ck_weights weights, float scale, float *d) {
  double total = 0, each = f == CK_LOSS_KL ? 1.0 : 1.0 / (double)columns;
  // The target as the loss sees it is keep y + low.
  float keep = 1.0f, low = 0.0f;
  if (f <= CK_LOSS_BINARY_FOCAL_LOGITS) {
    keep = 1.0f - o.smoothing;
    low = 0.5f * o.smoothing;
  } else if ((f == CK_LOSS_HINGE || f == CK_LOSS_SQUARED_HINGE) && are_binary(rows * columns, y)) {
    keep = 2.0f;
    low = -1.0f;
  }
#define PASS(F)                                                                   \
  for (size_t i = 0; i < rows; i++) {                                             \
    _Pragma("clang fp reassociate(on)")                                           \
    const float *restrict pi = p + i * columns, *restrict yi = y + i * columns;   \
    float sum = 0.0f, w = weight_of(weights, i), factor = scale * w * (float)each; \
    if (d) {                                                                      \
      float *restrict di = d + i * columns;                                       \
      for (size_t j = 0; j < columns; j++) {                                      \
        float t = keep * yi[j] + low;                                             \
        sum += value(F, o, pi[j], t);                                             \
        di[j] = factor * slope(F, o, pi[j], t);                                   \
      }                                                                           \
    } else {                                                                      \
      for (size_t j = 0; j < columns; j++) sum += value(F, o, pi[j], keep * yi[j] + low); \
    }                                                                             \
    total += (double)w * (double)sum * each;                                      \
  }
  switch (f) {
    CASE(CK_LOSS_BINARY) CASE(CK_LOSS_BINARY_FOCAL) CASE(CK_LOSS_BINARY_FOCAL_LOGITS)
    CASE(CK_LOSS_SQUARED) CASE(CK_LOSS_ABSOLUTE) CASE(CK_LOSS_PERCENTAGE)
    CASE(CK_LOSS_LOG_SQUARED) CASE(CK_LOSS_HUBER) CASE(CK_LOSS_LOG_COSH) CASE(CK_LOSS_HINGE)
    CASE(CK_LOSS_SQUARED_HINGE) CASE(CK_LOSS_KL) CASE(CK_LOSS_POISSON)
    default: return NAN;
  }
#undef PASS
  return total;
}

CK_CLONES
double ck_sigmoid_cross_entropy(
    ck_loss_options o, size_t rows, size_t columns, const float *z, const float *y,
    ck_weights weights, float scale, float *p, float *d) {
  double total = 0;
  float keep = 1.0f - o.smoothing, low = 0.5f * o.smoothing;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *zi = z + i * columns, *yi = y + i * columns;
    float sum = 0.0f, w = weight_of(weights, i), factor = scale * w / (float)columns;
    // -(y log p + (1 - y) log(1 - p)) = log(1 + exp(z)) - z y.
    for (size_t j = 0; j < columns; j++) sum += ck_softplus(zi[j]) - zi[j] * (keep * yi[j] + low);
    total += (double)w * (double)sum / (double)columns;
    // Probabilities that nobody wants wait in the gradient's place.
    float *pi = p ? p + i * columns : (d ? d + i * columns : 0);
    if (!pi) continue;
    for (size_t j = 0; j < columns; j++) pi[j] = ck_sigmoid(zi[j]);
    if (!d) continue;
    float *di = d + i * columns;
    CK_IN_PLACE for (size_t j = 0; j < columns; j++)
      di[j] = (pi[j] - (keep * yi[j] + low)) * factor;
  }
  return total;
}
