// The loops of few_taps.c over blocks of WIDTH channels: included once for each width.
#define PASTE(name, width) name##width
#define EXPAND(name, width) PASTE(name, width)
#define NAME(name) EXPAND(name, WIDTH)
#define VECTOR NAME(vector)

typedef float VECTOR __attribute__((vector_size(4 * WIDTH)));
typedef int NAME(mask) __attribute__((vector_size(4 * WIDTH)));
typedef float NAME(unaligned) __attribute__((vector_size(4 * WIDTH), aligned(4)));

// The outputs of `count` windows side by side; vectors are passed by address, since not every CPU that this
// is compiled for has registers for them.
CK_INLINE void NAME(windows)(
    const int count, const ck_convolution *s, const padded *p, const float *x, const VECTOR *w,
    const VECTOR *bias, int relu, VECTOR *y) {
  VECTOR sum[pixels];
  size_t step = s->stride_x * s->channels;
  for (int i = 0; i < count; i++) sum[i] = *bias;
  for (size_t r = 0; r < s->kernel_height; r++, x += p->pitch)
    for (size_t t = 0; t < p->row_taps; t++, w++)
      for (int i = 0; i < count; i++) sum[i] += x[i * step + t] * *w;
  for (int i = 0; i < count; i++) {
    NAME(mask) off = sum[i] < 0.0f;
    y[i] = relu ? (VECTOR)((NAME(mask))sum[i] & ~off) : sum[i];
  }
}

CK_CLONES static void NAME(forward)(
    const ck_convolution *s, const float *x, const float *w, const float *bias, int relu, float *y,
    float *scratch) {
  size_t step = s->stride_x * s->channels;
  VECTOR *to = (VECTOR *)y;
  for (size_t n = 0; n < s->batch; n++) {
    padded p = image(s, x, n, scratch);
    for (size_t f = 0; f < s->filters; f += WIDTH) {
      VECTOR weights[most_taps], start = {0};
      for (size_t t = 0; t < s->kernel_height * p.row_taps; t++)
        weights[t] = *(const NAME(unaligned) *)(w + t * s->filters + f);
      if (bias) start = *(const NAME(unaligned) *)(bias + f);
      for (size_t i = 0; i < s->out_height; i++) {
        const float *row = p.image + i * s->stride_y * p.pitch;
        size_t j = 0;
        for (; j + pixels <= s->out_width; j += pixels, to += pixels)
          NAME(windows)(pixels, s, &p, row + j * step, weights, &start, relu, to);
        for (; j < s->out_width; j++, to++)
          NAME(windows)(1, s, &p, row + j * step, weights, &start, relu, to);
      }
    }
  }
}

// Adds one image's part to the gradients of `rows` rows of a window, `length` numbers each: constants where
// this is called, so that the sums stay in registers.
CK_INLINE void NAME(taps)(
    const int rows, const int length, const ck_convolution *s, const padded *p, const float *x,
    const VECTOR *y, const VECTOR *dy, VECTOR *gradient) {
  VECTOR sum[most_in_row];
  size_t step = s->stride_x * s->channels;
  for (int t = 0; t < rows * length; t++) sum[t] = (VECTOR){0};
  for (size_t i = 0; i < s->out_height; i++) {
    const float *at = x + i * s->stride_y * p->pitch;
    for (size_t j = 0; j < s->out_width; j++, at += step, dy++) {
      VECTOR d = *dy;
      if (y) d = (VECTOR)((NAME(mask))d & ~(*y++ <= 0.0f));
      for (int r = 0; r < rows; r++)
        for (int t = 0; t < length; t++) sum[r * length + t] += at[r * p->pitch + t] * d;
    }
  }
  for (int t = 0; t < rows * length; t++) gradient[t] += sum[t];
}

#define CASE(rows, length) \
  case rows * 16 + length: NAME(taps)(rows, length, s, &p, at, o, d, to); break;

CK_CLONES static void NAME(gradient)(
    const ck_convolution *s, const float *x, const float *y, const float *dy, float *dw, float *db,
    float *scratch) {
  size_t blocks = s->filters / WIDTH, places = s->out_height * s->out_width;
  for (size_t b = 0; b < blocks; b++) {
    VECTOR total[most_taps], bias = {0};
    size_t length = s->kernel_width * s->channels, most = most_in_row / length;
    if (most > most_rows) most = most_rows;
    for (size_t t = 0; t < s->kernel_height * length; t++) total[t] = (VECTOR){0};
    for (size_t n = 0; n < s->batch; n++) {
      padded p = image(s, x, n, scratch);
      const VECTOR *d = (const VECTOR *)dy + (n * blocks + b) * places;
      const VECTOR *o = y ? (const VECTOR *)y + (n * blocks + b) * places : 0;
      for (size_t r = 0, rows; r < s->kernel_height; r += rows) {
        rows = s->kernel_height - r < most ? s->kernel_height - r : most;
        const float *at = p.image + r * p.pitch;
        VECTOR *to = total + r * length;
        switch (rows * 16 + length) {
          CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4) CASE(1, 5) CASE(1, 6) CASE(1, 7) CASE(1, 8)
          CASE(1, 9) CASE(1, 10) CASE(1, 11) CASE(1, 12) CASE(2, 1) CASE(2, 2) CASE(2, 3) CASE(2, 4)
          CASE(2, 5) CASE(2, 6) CASE(3, 1) CASE(3, 2) CASE(3, 3) CASE(3, 4)
        }
      }
      VECTOR own = {0};
      for (size_t i = 0; db && i < places; i++)
        own += o ? (VECTOR)((NAME(mask))d[i] & ~(o[i] <= 0.0f)) : d[i];
      bias += own;
    }
    for (size_t t = 0; t < s->kernel_height * length; t++)
      *(NAME(unaligned) *)(dw + t * s->filters + b * WIDTH) = total[t];
    if (db) *(NAME(unaligned) *)(db + b * WIDTH) = bias;
  }
}

#undef CASE
#undef VECTOR
#undef NAME
#undef EXPAND
#undef PASTE
