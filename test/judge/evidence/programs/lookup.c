/* One getaddrinfo() of both families for each name; prints milliseconds and the result. Compiled with musl. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    struct addrinfo hints, *found = 0;
    struct timespec from, to;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    clock_gettime(CLOCK_MONOTONIC, &from);
    int result = getaddrinfo(argv[i], 0, &hints, &found);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.3f %d\n", (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6, result);
  }
  return 0;
}
