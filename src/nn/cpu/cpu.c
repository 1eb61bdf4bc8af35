// The table of the CPU's functions.

#include "nn/cpu/cpu.h"

const struct backend *backend_cpu(void)
{
    static const struct backend cpu = {
        .name = "cpu",
        .host_weights = 1,
        .conv_doubles = cpu_conv_doubles,
        .conv_share = cpu_conv_share,
#define OP(name) .name = cpu_##name,
#include "nn/ops.def"
    };
    return &cpu;
}
