#ifndef CKERNELS_H
#define CKERNELS_H
#include <stddef.h>
#include "ck_gather.h"
#include "ck_convert.h"
/// The instruction set that run-time dispatch chose on this CPU: "avx512", "avx2" or "baseline".
const char *ck_cpu(void);

/// Asks for huge pages behind memory that has not been touched yet.
void ck_use_huge_pages(void *start, size_t length);

#include "ck_activation.h"
#include "ck_allocation.h"
#include "ck_attention.h"
#include "ck_bfloat16.h"
#include "ck_boxes.h"
#include "ck_combine.h"
#include "ck_compress.h"
#include "ck_convolution.h"
#include "ck_dropout.h"
#include "ck_exchange.h"
#include "ck_likelihood.h"
#include "ck_loss.h"
#include "ck_mark.h"
#include "ck_matern.h"
#include "ck_noise.h"
#include "ck_normalization.h"
#include "ck_optimizer.h"
#include "ck_pooling.h"
#include "ck_prelu.h"
#include "ck_product.h"
#include "ck_regularizer.h"
#include "ck_recurrent.h"
#include "ck_texts.h"
#include "ck_triangular.h"
#endif
