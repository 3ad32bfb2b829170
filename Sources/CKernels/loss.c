// Losses that compare distributions or vectors along a row; definitions of
// keras/src/losses/losses.py.
#include "loss_math.h"

// p = softmax(z) for one row, unless p is null; returns log of the sum of exp(z).
CK_INLINE float softmax_row(size_t columns, const float *z, float *p) {
#pragma clang fp reassociate(on)
  float most = ck_largest(columns, z), sum = 0.0f;
  if (!p) {
    for (size_t j = 0; j < columns; j++) sum += ck_exp(z[j] - most);
    return most + logf(sum);
  }
  for (size_t j = 0; j < columns; j++) {
    float e = ck_exp(z[j] - most);
    p[j] = e;
    sum += e;
  }
  float inverse = 1.0f / sum;
  for (size_t j = 0; j < columns; j++) p[j] *= inverse;
  return most + logf(sum);
}

// Where a row's probabilities go: their own place, else the gradient's, else nowhere.
CK_INLINE float *place(float *p, float *d, size_t offset) {
  return p ? p + offset : (d ? d + offset : 0);
}

CK_CLONES
double ck_softmax_cross_entropy_sparse(
    ck_loss_options o, size_t rows, size_t columns, const float *z, const float *label,
    ck_weights weights, float scale, float *p, float *d) {
  double total = 0;
  float keep = 1.0f - o.smoothing, low = o.smoothing / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *zi = z + i * columns;
    float *pi = place(p, d, i * columns), w = weight_of(weights, i);
    float log_sum = softmax_row(columns, zi, pi);
    long c = class_of(label[i], columns);
    float loss = c < 0 ? NAN : keep * (log_sum - zi[c]);
    if (low != 0.0f) {
      float sum = 0.0f;
      for (size_t j = 0; j < columns; j++) sum += log_sum - zi[j];
      loss += low * sum;
    }
    total += (double)w * (double)loss;
    if (!d) continue;
    float *di = d + i * columns, factor = c < 0 ? NAN : scale * w;
    CK_IN_PLACE for (size_t j = 0; j < columns; j++) di[j] = (pi[j] - low) * factor;
    if (c >= 0) di[c] -= keep * factor;
  }
  return total;
}

CK_CLONES
double ck_softmax_cross_entropy(
    ck_loss_options o, size_t rows, size_t columns, const float *z, const float *y,
    ck_weights weights, float scale, float *p, float *d) {
  double total = 0;
  float keep = 1.0f - o.smoothing, low = o.smoothing / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *zi = z + i * columns, *yi = y + i * columns;
    float *pi = place(p, d, i * columns), mass = 0.0f, sum = 0.0f, w = weight_of(weights, i);
    float log_sum = softmax_row(columns, zi, pi);
    for (size_t j = 0; j < columns; j++) {
      float t = keep * yi[j] + low;
      mass += t;
      sum += t * (log_sum - zi[j]);
    }
    total += (double)w * (double)sum;
    if (!d) continue;
    float *di = d + i * columns, factor = scale * w;
    CK_IN_PLACE for (size_t j = 0; j < columns; j++)
      di[j] = (mass * pi[j] - (keep * yi[j] + low)) * factor;
  }
  return total;
}

// The cross-entropy of one row of probabilities. The target of column j is keep y[j] + low, or
// without y `low`, and keep more for the class c.
//
// Keras scales the row to sum 1 first: q = p / s, so dq_j/dp_k = (delta_jk - q_j) / s.
CK_INLINE float entropy_row(
    size_t columns, const float *p, const float *y, long c, float keep, float low, float factor,
    float *d) {
#pragma clang fp reassociate(on)
  float s = 0.0f, sum = 0.0f, mixed = 0.0f;
  for (size_t j = 0; j < columns; j++) s += p[j];
  for (size_t j = 0; j < columns; j++) {
    float q = p[j] / s, t = y ? keep * y[j] + low : ((long)j == c ? keep + low : low);
    sum -= t * ck_log(clip(q));
    mixed += inside(q) ? t : 0.0f;
  }
  if (d)
    for (size_t j = 0; j < columns; j++) {
      float q = p[j] / s, t = y ? keep * y[j] + low : ((long)j == c ? keep + low : low);
      d[j] = factor / s * (mixed - (inside(q) ? t / q : 0.0f));
    }
  return sum;
}

CK_CLONES
double ck_cross_entropy_sparse(
    ck_loss_options o, size_t rows, size_t columns, const float *p, const float *label,
    ck_weights weights, float scale, float *d) {
  double total = 0;
  float keep = 1.0f - o.smoothing, low = o.smoothing / (float)columns;
  for (size_t i = 0; i < rows; i++) {
    long c = class_of(label[i], columns);
    float w = c < 0 ? NAN : weight_of(weights, i);
    total += (double)w
        * (double)entropy_row(
            columns, p + i * columns, 0, c, keep, low, scale * w, place(0, d, i * columns));
  }
  return total;
}

CK_CLONES
double ck_cross_entropy(
    ck_loss_options o, size_t rows, size_t columns, const float *p, const float *y,
    ck_weights weights, float scale, float *d) {
  double total = 0;
  float keep = 1.0f - o.smoothing, low = o.smoothing / (float)columns;
  for (size_t i = 0; i < rows; i++) {
    float w = weight_of(weights, i);
    total += (double)w
        * (double)entropy_row(
            columns, p + i * columns, y + i * columns, -1, keep, low, scale * w,
            place(0, d, i * columns));
  }
  return total;
}

CK_CLONES
double ck_categorical_focal(
    ck_loss_options o, int from_logits, size_t rows, size_t columns, const float *p,
    const float *y, ck_weights weights, float scale, float *d) {
  double total = 0;
  float keep = 1.0f - o.smoothing, low = o.smoothing / (float)columns;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *pi = p + i * columns, *yi = y + i * columns;
    float *di = place(0, d, i * columns);
    float sum = 0.0f, mixed = 0.0f, s = 0.0f, w = weight_of(weights, i), log_sum = 0.0f;
    if (from_logits) {
      log_sum = softmax_row(columns, pi, 0);
      s = 1.0f;
    } else {
      for (size_t j = 0; j < columns; j++) s += pi[j];
    }
    // With q the probability, dq_j/dz_k = q_j (delta_jk - q_k) behind softmax, and
    // (delta_jk - q_j) / s behind the division by s.
    for (size_t j = 0; j < columns; j++) {
      float q = from_logits ? ck_exp(pi[j] - log_sum) : pi[j] / s;
      float k = clip(q), u = 1.0f - k, l = ck_log(k), t = o.alpha * (keep * yi[j] + low);
      float power = ck_power(u, o.gamma);
      sum -= t * power * l;
      float g = t * (o.gamma * power / u * l - power / k);
      g = inside(q) ? g : 0.0f;
      mixed += g * q;
      if (di) di[j] = g;
    }
    total += (double)w * (double)sum;
    if (!di) continue;
    float factor = scale * w / s;
    for (size_t j = 0; j < columns; j++) {
      float q = from_logits ? ck_exp(pi[j] - log_sum) : 1.0f;
      di[j] = factor * q * (di[j] - mixed);
    }
  }
  return total;
}

CK_CLONES
double ck_categorical_hinge(
    size_t rows, size_t columns, const float *p, const float *y, ck_weights weights, float scale,
    float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *pi = p + i * columns, *yi = y + i * columns;
    float right = 0.0f, w = weight_of(weights, i);
    for (size_t j = 0; j < columns; j++) right += yi[j] * pi[j];
    size_t rival = 0;
    float wrong = (1.0f - yi[0]) * pi[0];
    for (size_t j = 1; j < columns; j++) {
      float v = (1.0f - yi[j]) * pi[j];
      if (v > wrong) {
        wrong = v;
        rival = j;
      }
    }
    float margin = wrong - right + 1.0f;
    total += (double)w * (double)(margin <= 0.0f ? 0.0f : margin);
    if (!d) continue;
    // margin - margin is 0, or NaN where a NaN must stay visible.
    float *di = d + i * columns, factor = margin <= 0.0f ? 0.0f : scale * w + (margin - margin);
    for (size_t j = 0; j < columns; j++) di[j] = -yi[j] * factor;
    di[rival] += (1.0f - yi[rival]) * factor;
  }
  return total;
}

CK_CLONES
double ck_cosine(
    size_t rows, size_t columns, const float *p, const float *y, ck_weights weights, float scale,
    float *d) {
  double total = 0;
  for (size_t i = 0; i < rows; i++) {
#pragma clang fp reassociate(on)
    const float *pi = p + i * columns, *yi = y + i * columns;
    float pp = 0.0f, yy = 0.0f, py = 0.0f, w = weight_of(weights, i);
    for (size_t j = 0; j < columns; j++) {
      pp += pi[j] * pi[j];
      yy += yi[j] * yi[j];
      py += pi[j] * yi[j];
    }
    // A vector shorter than epsilon is divided by epsilon.
    float a = 1.0f / sqrtf(pp), b = 1.0f / sqrtf(yy);
    int is_short = a > 1.0f / EPSILON;
    a = is_short ? 1.0f / EPSILON : a;
    b = b > 1.0f / EPSILON ? 1.0f / EPSILON : b;
    float cosine = py * a * b;
    total -= (double)w * (double)cosine;
    if (!d) continue;
    float *di = d + i * columns, factor = -scale * w * a, turn = is_short ? 0.0f : cosine * a;
    for (size_t j = 0; j < columns; j++) di[j] = factor * (yi[j] * b - turn * pi[j]);
  }
  return total;
}

void ck_class_weights(
    size_t rows, size_t columns, int is_sparse, const float *y, size_t class_count,
    const float *class_weights, ck_weights weights, float *out) {
  for (size_t i = 0; i < rows; i++) {
    long c;
    if (is_sparse) {
      c = class_of(y[i], (size_t)1 << 24);
    } else if (columns == 1) {
      c = class_of(rintf(y[i]), (size_t)1 << 24);
    } else {
      const float *yi = y + i * columns;
      c = 0;
      for (size_t j = 1; j < columns; j++)
        if (yi[j] > yi[c]) c = (long)j;
    }
    float w = c < 0 ? NAN : ((size_t)c < class_count ? class_weights[c] : 1.0f);
    out[i] = w * weight_of(weights, i);
  }
}
