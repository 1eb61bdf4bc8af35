// Packed weights, which convolutions of one layout share. The last of their users frees them.
#ifndef NN_CPU_PACKED_H
#define NN_CPU_PACKED_H

#include <stdatomic.h>
#include <stddef.h>

struct packed {
    atomic_size_t users;
    _Alignas(64) float data[]; // of whatever type they are
};
struct packed *cpu_packed_new(size_t bytes); // for one user; NULL: no memory
void cpu_packed_free(struct packed *packed); // for one user; NULL is fine
// Replaces *packed by `from`, which gets a user more.
void cpu_packed_share(struct packed **packed, struct packed *from);

#endif
