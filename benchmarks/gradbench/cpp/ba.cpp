#include <cmath>

// The place in a picture, without the camera's length and centre, and what of it the derivative uses.
struct Projection {
    double axis[3], away[3], normal[3], x[3], u[2], angle, cosine, sine, dot, q, bend;

    Projection(const double *c, const double *point) {
        angle = std::sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]), cosine = std::cos(angle), sine = std::sin(angle);
        for (int i = 0; i < 3; i++) axis[i] = c[i] / angle, away[i] = point[i] - c[3 + i];
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3, k = (i + 2) % 3;
            normal[i] = axis[j] * away[k] - axis[k] * away[j];
        }
        dot = axis[0] * away[0] + axis[1] * away[1] + axis[2] * away[2];
        for (int i = 0; i < 3; i++) x[i] = away[i] * cosine + normal[i] * sine + axis[i] * dot * (1 - cosine);
        u[0] = x[0] / x[2], u[1] = x[1] / x[2], q = u[0] * u[0] + u[1] * u[1];
        bend = 1 + c[9] * q + c[10] * q * q;
    }
};

static void block(const double *c, const double *point, double w, const double *seen, double *rows) {
    Projection p(c, point);
    double rest = 1 - p.cosine;
    const double *a = p.axis, *v = p.away;
    double K[3][3] = {{0, -a[2], a[1]}, {a[2], 0, -a[0]}, {-a[1], a[0], 0}};
    double D[3][3] = {{0, v[2], -v[1]}, {-v[2], 0, v[0]}, {v[1], -v[0], 0}};
    double by_point[3][3], by_turn[3][3];
    for (int i = 0; i < 3; i++) {
        double by_axis[3], by_angle = -v[i] * p.sine + p.normal[i] * p.cosine + a[i] * p.dot * p.sine;
        for (int j = 0; j < 3; j++) {
            by_point[i][j] = (i == j) * p.cosine + K[i][j] * p.sine + a[i] * a[j] * rest;
            by_axis[j] = D[i][j] * p.sine + (i == j) * p.dot * rest + a[i] * rest * v[j];
        }
        double along = by_axis[0] * a[0] + by_axis[1] * a[1] + by_axis[2] * a[2];
        for (int j = 0; j < 3; j++) by_turn[i][j] = (by_axis[j] - along * a[j]) / p.angle + by_angle * a[j];
    }
    double slope = c[9] + 2 * c[10] * p.q, f = c[6];
    for (int o = 0; o < 2; o++) {
        double by_u[2], *row = rows + 15 * o;
        for (int j = 0; j < 2; j++) by_u[j] = f * ((o == j) * p.bend + p.u[o] * slope * 2 * p.u[j]);
        double by_x[3] = {by_u[0] / p.x[2], by_u[1] / p.x[2], -(by_u[0] * p.u[0] + by_u[1] * p.u[1]) / p.x[2]};
        for (int j = 0; j < 3; j++) {
            row[j] = w * (by_x[0] * by_turn[0][j] + by_x[1] * by_turn[1][j] + by_x[2] * by_turn[2][j]);
            row[11 + j] = w * (by_x[0] * by_point[0][j] + by_x[1] * by_point[1][j] + by_x[2] * by_point[2][j]);
            row[3 + j] = -row[11 + j];
        }
        row[6] = w * p.u[o] * p.bend, row[7] = w * (o == 0), row[8] = w * (o == 1);
        row[9] = w * f * p.u[o] * p.q, row[10] = w * f * p.u[o] * p.q * p.q;
        row[14] = p.u[o] * p.bend * f + c[7 + o] - seen[o];
    }
}

extern "C" void run_objective(const long *integers, const double *const *arrays, double *results) {
    long n = integers[0], m = integers[1], count = integers[2];
    const double *w = arrays[2], *seen = arrays[3];
    for (long i = 0; i < count; i++) {
        const double *c = arrays[0] + 11 * (i % n);
        Projection p(c, arrays[1] + 3 * (i % m));
        for (int o = 0; o < 2; o++) results[2 * i + o] = w[i] * (p.u[o] * p.bend * c[6] + c[7 + o] - seen[2 * i + o]);
        results[2 * count + i] = 1 - w[i] * w[i];
    }
}

extern "C" void run_jacobian(const long *integers, const double *const *arrays, double *results) {
    long n = integers[0], m = integers[1], count = integers[2];
    const double *w = arrays[2], *seen = arrays[3];
    for (long i = 0; i < count; i++) {
        block(arrays[0] + 11 * (i % n), arrays[1] + 3 * (i % m), w[i], seen + 2 * i, results + 30 * i);
        results[30 * count + i] = -2 * w[i];
    }
}
