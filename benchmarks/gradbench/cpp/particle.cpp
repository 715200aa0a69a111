// The derivative by the control goes along with the particle.
#include "descent.hpp"

// The force of a charge on a particle that is away from it by r, and its derivative, if r has one.
static void add_force(const double *r, const double *dr, double *force, double *of_force) {
    double square = r[0] * r[0] + r[1] * r[1], cube = square * std::sqrt(square);
    double along = dr ? 3 * (r[0] * dr[0] + r[1] * dr[1]) / square : 0;
    for (int i = 0; i < 2; i++) {
        force[i] += r[i] / cube;
        if (dr) of_force[i] += (dr[i] - r[i] * along) / cube;
    }
}

static double landing(double w, double *derivative) {
    double x[2] = {0, 8}, v[2] = {0.75, 0}, dx[2] = {0, 0}, dv[2] = {0, 0};
    for (;;) {
        double force[2] = {0, 0}, of_force[2] = {0, 0}, next[2] = {x[0] + 0.1 * v[0], x[1] + 0.1 * v[1]};
        if (next[1] < 0) break;
        double above[2] = {x[0] - 10, x[1] - (10 - w)}, below[2] = {x[0] - 10, x[1]}, of_above[2] = {dx[0], dx[1] + 1};
        add_force(above, derivative ? of_above : nullptr, force, of_force);
        add_force(below, derivative ? dx : nullptr, force, of_force);
        for (int i = 0; i < 2; i++) {
            x[i] = next[i], dx[i] += 0.1 * dv[i];
            v[i] += 0.1 * force[i], dv[i] += 0.1 * of_force[i];
        }
    }
    double time = -x[1] / v[1], place = x[0] + time * v[0];
    if (derivative) {
        double of_time = (-dx[1] - time * dv[1]) / v[1];
        *derivative = 2 * place * (dx[0] + of_time * v[0] + time * dv[0]);
    }
    return place * place;
}

static void run(const double *const *arrays, double *results) {
    results[0] = arrays[0][0];
    minimum<1>([](const double *w) { return landing(*w, nullptr); },
               [](const double *w, double *slope) { landing(*w, slope); }, results);
}

extern "C" void run_ff(const long *, const double *const *arrays, double *results) { run(arrays, results); }
extern "C" void run_fr(const long *, const double *const *arrays, double *results) { run(arrays, results); }
extern "C" void run_rf(const long *, const double *const *arrays, double *results) { run(arrays, results); }
extern "C" void run_rr(const long *, const double *const *arrays, double *results) { run(arrays, results); }
