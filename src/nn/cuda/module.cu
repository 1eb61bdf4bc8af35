// The module libswatch-cuda.so: the table of the GPU's functions, and what the library finds it by.

#include "nn/cuda/cuda.h"

extern "C" {
#include "nn/device.h"
}

static int module_open(int device, int shared, const struct backend **backend, swatch_error *error)
{
    static struct backend cuda = {
        .name = "cuda",
        .has_fast_bf16 = cuda_has_fast_bf16,
        .alloc = cuda_alloc,
        .release = cuda_release,
        .write = cuda_write,
        .read = cuda_read,
        .copy = cuda_copy,
        .zero = cuda_zero,
        .check = cuda_check,
        .conv_new = cuda_conv_new,
        .conv_free = cuda_conv_free,
        .folds_norm = 0,
        .conv_pack = cuda_conv_pack,
        .conv_forward = cuda_conv_forward,
        .conv_backward_data = cuda_conv_backward_data,
        .conv_backward_weights = cuda_conv_backward_weights,
        .sum_scratch = cuda_sum_scratch,
        .bias_backward = cuda_bias_backward,
        .activation_forward = cuda_activation_forward,
        .activation_backward = cuda_activation_backward,
        .norm_forward = cuda_norm_forward,
        .norm_backward = cuda_norm_backward,
        .norm_running = cuda_norm_running,
        .norm_affine = cuda_norm_affine,
        .norm_backward_sums = cuda_norm_backward_sums,
        .norm_backward_data = cuda_norm_backward_data,
        .affine_forward = cuda_affine_forward,
        .upsample_forward = cuda_upsample_forward,
        .upsample_backward = cuda_upsample_backward,
        .pool_forward = cuda_pool_forward,
        .pool_backward = cuda_pool_backward,
        .copy_channels = cuda_copy_channels,
        .add_forward = cuda_add_forward,
        .dropout = cuda_dropout,
        .paint = cuda_paint,
        .roi_align_forward = cuda_roi_align_forward,
        .roi_align_scratch = cuda_roi_align_scratch,
        .roi_align_backward = cuda_roi_align_backward,
        .softmax_forward = cuda_softmax_forward,
        .softmax_backward = cuda_softmax_backward,
        .cross_entropy = cuda_cross_entropy,
        .dice_sums = cuda_dice_sums,
        .dice_slopes = cuda_dice_slopes,
        .dice_backward = cuda_dice_backward,
        .l1 = cuda_l1,
        .gan = cuda_gan,
        .binary_cross_entropy = cuda_binary_cross_entropy,
        .smooth_l1 = cuda_smooth_l1,
        .all_finite = cuda_all_finite,
        .adam = cuda_adam,
        .upload = cuda_upload,
        .download = cuda_download,
        .feed = cuda_feed,
        .feed_wait = cuda_feed_wait,
        .record_begin = cuda_record_begin,
        .record_end = cuda_record_end,
        .replay = cuda_replay,
        .recording_free = cuda_recording_free,
        .sums_id = NULL,
        .sums_open = NULL,
        .sum = NULL,
        .sums_wait = NULL,
        .sums_close = NULL,
    };
    if (cuda_open(device, error))
        return SWATCH_FAILED;
#ifdef CUDA_NCCL
    // NCCL wants a GPU for each rank.
    if (!shared) {
        cuda.sums_id = cuda_sums_id;
        cuda.sums_open = cuda_sums_open;
        cuda.sum = cuda_sum;
        cuda.sums_wait = cuda_sums_wait;
        cuda.sums_close = cuda_sums_close;
    }
#else
    (void)shared;
#endif
    *backend = &cuda;
    return SWATCH_OK;
}

extern "C" __attribute__((visibility("default"))) const struct device_module swatch_cuda_module = {
    .version = DEVICE_MODULE_VERSION,
    .count = cuda_count,
    .open = module_open,
};
