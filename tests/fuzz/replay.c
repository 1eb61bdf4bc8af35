// Runs a fuzz target on the files named on the command line, so the corpus is a test without
// libFuzzer. Each file is in a heap block of exactly its size, so an overrun shows.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        long size;
        if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            failed = 1;
        } else {
            uint8_t *data = malloc((size_t)size);
            rewind(file);
            if (fread(data, 1, (size_t)size, file) == (size_t)size)
                LLVMFuzzerTestOneInput(data, (size_t)size);
            else
                failed = 1;
            free(data);
        }
        if (file)
            fclose(file);
    }
    fprintf(stderr, "%d files\n", argc - 1);
    return failed;
}
