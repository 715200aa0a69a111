// A bone's derivative by a parameter is a matrix; only those of the bones beyond a joint are not zero.
#include <cmath>
#include <cstring>
#include <vector>

constexpr int ANGLES = 26, GLOBAL = 6, JOINTS = ANGLES - GLOBAL;
using Numbers = std::vector<double>;

struct Matrix {
    double e[16];
};

static Matrix operator*(const Matrix &a, const Matrix &b) {
    Matrix c;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            double sum = 0;
            for (int k = 0; k < 4; k++) sum += a.e[4 * i + k] * b.e[4 * k + j];
            c.e[4 * i + j] = sum;
        }
    return c;
}

// R_z R_x, or its derivative by one of the angles.
static Matrix turn(double cx, double sx, double cz, double sz, double is_whole) {
    return {{cz, -sz * cx, sz * sx, 0, sz, cz * cx, -cz * sx, 0, 0, sx, cx, 0, 0, 0, 0, is_whole}};
}

static Matrix turned(double x, double z) { return turn(std::cos(x), std::sin(x), std::cos(z), std::sin(z), 1); }

static Matrix turned_by_x(double x, double z) {
    Matrix m = turn(-std::sin(x), std::cos(x), std::cos(z), std::sin(z), 0);
    m.e[0] = m.e[4] = 0;
    return m;
}

static Matrix turned_by_z(double x, double z) {
    Matrix m = turn(std::cos(x), std::sin(x), -std::sin(z), std::cos(z), 0);
    m.e[9] = m.e[10] = 0;
    return m;
}

// About an axis by an angle, which is the vector's length; and its derivatives, if they are wanted.
static void rotation(const double *v, double *R, double *by) {
    double angle = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]), s = std::sin(angle), c = std::cos(angle);
    double a[3] = {v[0] / angle, v[1] / angle, v[2] / angle};
    double K[9] = {0, -a[2], a[1], a[2], 0, -a[0], -a[1], a[0], 0};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) R[3 * i + j] = (i == j) * c + a[i] * a[j] * (1 - c) + K[3 * i + j] * s;
    for (int k = 0; by && k < 3; k++) {
        double d[3];
        for (int i = 0; i < 3; i++) d[i] = ((i == k) - a[i] * a[k]) / angle;
        double L[9] = {0, -d[2], d[1], d[2], 0, -d[0], -d[1], d[0], 0};
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                by[9 * k + 3 * i + j] = (a[i] * a[j] - (i == j)) * s * a[k] + K[3 * i + j] * c * a[k] +
                                        (d[i] * a[j] + a[i] * d[j]) * (1 - c) + L[3 * i + j] * s;
    }
}

struct Hand {
    long vertices, points, has_places, bones;
    const long *parents, *corners;
    const double *theta, *us, *seen, *rest, *weights, *mirror;
    const Matrix *relatives, *inverses;
    std::vector<Matrix> absolutes;
    Numbers skinned;

    Hand(const long *integers, const double *const *arrays)
        : vertices(integers[0]), points(integers[1]), has_places(integers[2]), bones(integers[3]),
          parents(integers + 4), corners(parents + bones), theta(arrays[0]), us(arrays[1]), seen(arrays[2]),
          rest(arrays[5]), weights(arrays[6]), mirror(arrays[7]), relatives(reinterpret_cast<const Matrix *>(arrays[3])),
          inverses(reinterpret_cast<const Matrix *>(arrays[4])), absolutes(bones), skinned(3 * vertices) {}

    // The first parameter of a bone's joint, and how many it has.
    static int parameters(long bone, int *first) {
        long place = (bone - 1) % 4;
        if (bone < 1 || bone > 20 || place == 0) return 0;
        *first = GLOBAL + 4 * ((bone - 1) / 4) + (place == 1 ? 0 : place);
        return place == 1 ? 2 : 1;
    }

    void angles(long bone, double *x, double *z) const {
        int first = 0, count = parameters(bone, &first);
        *x = count ? theta[first] : 0, *z = count == 2 ? theta[first + 1] : 0;
    }

    Matrix around(long bone, const Matrix &joint) const {
        Matrix own = relatives[bone] * joint;
        return parents[bone] < 0 ? own : absolutes[parents[bone]] * own;
    }

    // Adds the places that the vertices' shares of a bone have: a row of numbers for each axis.
    void skin(long bone, const Matrix &absolute, double *at) const {
        Matrix t = absolute * inverses[bone];
        const double *x = rest, *y = rest + vertices, *z = rest + 2 * vertices, *w = weights + bone * vertices;
        for (int i = 0; i < 3; i++) {
            double s = mirror[i], a = s * t.e[4 * i], b = s * t.e[4 * i + 1], c = s * t.e[4 * i + 2];
            double d = s * t.e[4 * i + 3], *row = at + i * vertices;
            for (long v = 0; v < vertices; v++) row[v] += w[v] * (a * x[v] + b * y[v] + c * z[v] + d);
        }
    }

    void pose() {
        for (long bone = 0; bone < bones; bone++) {
            double x, z;
            angles(bone, &x, &z);
            absolutes[bone] = around(bone, turned(x, z));
            skin(bone, absolutes[bone], skinned.data());
        }
    }

    // What the surface has at a point's place, of numbers that vertices have.
    double there(long point, const double *row) const {
        const long *at = corners + 3 * point;
        if (!has_places) return row[at[0]];
        double u = us[2 * point], v = us[2 * point + 1];
        return u * row[at[0]] + v * row[at[1]] + (1 - u - v) * row[at[2]];
    }

    void place(long point, double *x) const {
        for (int i = 0; i < 3; i++) x[i] = there(point, &skinned[i * vertices]);
    }

    long columns() const { return ANGLES + 2 * has_places; }
};

static double along(const double *R, int i, const double *x) {
    return R[3 * i] * x[0] + R[3 * i + 1] * x[1] + R[3 * i + 2] * x[2];
}

extern "C" void run_objective(const long *integers, const double *const *arrays, double *results) {
    Hand hand(integers, arrays);
    double R[9], x[3];
    hand.pose();
    rotation(hand.theta, R, nullptr);
    for (long p = 0; p < hand.points; p++) {
        hand.place(p, x);
        for (int i = 0; i < 3; i++) results[3 * p + i] = hand.seen[3 * p + i] - along(R, i, x) - hand.theta[3 + i];
    }
}

// By the parameters of a joint: the vertices of its bone and of those beyond it, turned and compared.
static void by_joint(const Hand &hand, const double *R, long bone, int parameter, const Matrix &joint, double *results) {
    std::vector<Matrix> moved(hand.bones);
    std::vector<bool> moves(hand.bones);
    Numbers at(3 * hand.vertices);
    moved[bone] = hand.around(bone, joint), moves[bone] = true;
    for (long b = bone; b < hand.bones; b++) {
        if (b > bone && hand.parents[b] >= 0 && moves[hand.parents[b]]) {
            double x, z;
            hand.angles(b, &x, &z);
            moved[b] = moved[hand.parents[b]] * (hand.relatives[b] * turned(x, z)), moves[b] = true;
        }
        if (moves[b]) hand.skin(b, moved[b], at.data());
    }
    long columns = hand.columns(), column = columns - ANGLES + parameter;
    for (long p = 0; p < hand.points; p++) {
        double x[3];
        for (int i = 0; i < 3; i++) x[i] = hand.there(p, &at[i * hand.vertices]);
        for (int i = 0; i < 3; i++) results[(3 * p + i) * columns + column] = -along(R, i, x);
    }
}

extern "C" void run_jacobian(const long *integers, const double *const *arrays, double *results) {
    Hand hand(integers, arrays);
    double R[9], by[27];
    long columns = hand.columns(), first = columns - ANGLES;
    hand.pose();
    rotation(hand.theta, R, by);
    std::memset(results, 0, sizeof(double) * 3 * hand.points * columns);
    for (long p = 0; p < hand.points; p++) {
        double x[3];
        hand.place(p, x);
        for (int i = 0; i < 3; i++) {
            double *row = results + (3 * p + i) * columns;
            for (int k = 0; k < 3; k++) row[first + k] = -along(by + 9 * k, i, x);
            row[first + 3 + i] = -1;
        }
        for (int o = 0; o < first; o++) {
            const long *at = hand.corners + 3 * p;
            for (int i = 0; i < 3; i++) {
                const double *row = &hand.skinned[i * hand.vertices];
                x[i] = row[at[2]] - row[at[o]];
            }
            for (int i = 0; i < 3; i++) results[(3 * p + i) * columns + o] = along(R, i, x);
        }
    }
    for (long bone = 0; bone < hand.bones; bone++) {
        double x, z;
        int parameter = 0, count = Hand::parameters(bone, &parameter);
        hand.angles(bone, &x, &z);
        if (count > 0) by_joint(hand, R, bone, parameter, turned_by_x(x, z), results);
        if (count > 1) by_joint(hand, R, bone, parameter + 1, turned_by_z(x, z), results);
    }
}
