// Memory that graphs share. A graph for inference needs the memory of its buffers only while it
// runs, so graphs that run one after the other can have the same.
#ifndef NN_LEND_H
#define NN_LEND_H

#include "nn/graph.h"

// Makes the graph borrow its memory (graph_memory). Call it before graph_finish. Then graph_set,
// graph_pack, graph_forward and graph_get may be called from graph_borrow to graph_return only, and
// what tensors hold is lost in between. An input is lost as soon as the last layer has read it. A
// graph for training has memory of its own, and so has one whose layers keep numbers from run to
// run.
void graph_share_memory(struct graph *graph);
// Bytes of device memory that the graph has for itself: 0 if it shares. From graph_finish on.
size_t graph_owned(const struct graph *graph);
// Gets memory: that of a graph which has returned it, if there is some, else new memory. It is as
// large as the largest graph needs that shares, so that the next one can have it, too. Each graph
// that runs at the same time gets its own. Threads may call these functions for different graphs.
// It does nothing for a graph that does not share.
int graph_borrow(struct graph *graph, swatch_error *error);
void graph_return(struct graph *graph);

#endif
