/* One Kepler orbit of eccentricity 0.6 by leapfrogs, as a C programmer would write it: prints nanoseconds a stride. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    long steps = argc > 1 ? atol(argv[1]) : 10000000;
    double h = 2 * M_PI / 500, x = 0.4, y = 0, u = 0, v = 2;
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    double r2 = x * x + y * y, w = 1 / (r2 * sqrt(r2));
    u -= 0.5 * h * w * x, v -= 0.5 * h * w * y;
    for (long i = 0; i < steps; i++) {
        x += h * u, y += h * v;
        r2 = x * x + y * y, w = 1 / (r2 * sqrt(r2));
        double kick = i + 1 < steps ? h : 0.5 * h;
        u -= kick * w * x, v -= kick * w * y;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double seconds = (to.tv_sec - from.tv_sec) + 1e-9 * (to.tv_nsec - from.tv_nsec);
    printf("%.4f %.17g %.17g\n", 1e9 * seconds / steps, x, y);
    return 0;
}
