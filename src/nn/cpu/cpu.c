// The table of the CPU's functions.

#include "nn/cpu/cpu.h"

const struct backend *backend_cpu(void)
{
    static const struct backend cpu = {
        .name = "cpu",
        .has_fast_bf16 = cpu_has_fast_bf16,
        .conv_new = cpu_conv_new,
        .conv_free = cpu_conv_free,
        .conv_pack = cpu_conv_pack,
        .conv_forward = cpu_conv_forward,
        .conv_backward_data = cpu_conv_backward_data,
        .conv_backward_weights = cpu_conv_backward_weights,
        .sum_scratch = cpu_sum_scratch,
        .bias_backward = cpu_bias_backward,
        .activation_forward = cpu_activation_forward,
        .activation_backward = cpu_activation_backward,
        .norm_forward = cpu_norm_forward,
        .norm_backward = cpu_norm_backward,
        .norm_backward_sums = cpu_norm_backward_sums,
        .norm_backward_data = cpu_norm_backward_data,
        .affine_forward = cpu_affine_forward,
        .upsample_forward = cpu_upsample_forward,
        .upsample_backward = cpu_upsample_backward,
        .pool_forward = cpu_pool_forward,
        .pool_backward = cpu_pool_backward,
        .copy_channels = cpu_copy_channels,
        .add_forward = cpu_add_forward,
        .dropout = cpu_dropout,
        .roi_align_forward = cpu_roi_align_forward,
        .roi_align_scratch = cpu_roi_align_scratch,
        .roi_align_backward = cpu_roi_align_backward,
        .softmax_forward = cpu_softmax_forward,
        .softmax_backward = cpu_softmax_backward,
        .cross_entropy = cpu_cross_entropy,
        .dice_sums = cpu_dice_sums,
        .dice_backward = cpu_dice_backward,
        .l1 = cpu_l1,
        .gan = cpu_gan,
        .binary_cross_entropy = cpu_binary_cross_entropy,
        .smooth_l1 = cpu_smooth_l1,
        .upload = cpu_upload,
        .download = cpu_download,
    };
    return &cpu;
}
