#include "datasets/generators/bluff_body.h"

#include "core/error.h"
#include "datasets/generators/panel_method.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

namespace {

/// Greatest wind speed over the wind's for flow along the first half axis of an ellipsoid: 2/(2 − α), α = abc
/// ∫ dλ / ((a² + λ) √((a²+λ)(b²+λ)(c²+λ))) (Lamb, Hydrodynamics, art. 114), with λ = s²/(1−s²)·a² by
/// Gauss-free midpoints.
double greatest_speed(double a, double b, double c) {
  const int steps = 200000;
  double alpha = 0;
  for (int i = 0; i < steps; ++i) {
    const double s = (i + 0.5) / steps, l = s * s / (1 - s * s) * a * a;
    const double slope = 2 * s / std::pow(1 - s * s, 2) * a * a;
    alpha += a * b * c * slope / ((a * a + l) * std::sqrt((a * a + l) * (b * b + l) * (c * c + l))) / steps;
  }
  return 2 / (2 - alpha);
}

/// Root mean square error of the pressure coefficient over the surface against the closed form: the velocity
/// is the part of the greatest one along the surface.
double ellipsoid_error(const Point& half_axes, int stations, int around) {
  const Surface surface = ellipsoid(half_axes, {0, 0, 0}, stations, around);
  const SurfaceFlow flow = flow_around(surface, {1, 0, 0});
  const double speed = greatest_speed(half_axes[0], half_axes[1], half_axes[2]);
  double error = 0, total = 0;
  for (std::size_t t = 0; t < surface.triangles.size(); ++t) {
    Point n{}, centre{}, e{}, f{};
    const auto& [i, j, k] = surface.triangles[t];
    for (int axis = 0; axis < 3; ++axis) {
      const double p = surface.points[i][axis], q = surface.points[j][axis], r = surface.points[k][axis];
      centre[axis] = (p + q + r) / 3;
      e[axis] = q - p;
      f[axis] = r - p;
    }
    double length = 0;
    for (int axis = 0; axis < 3; ++axis) {
      n[axis] = centre[axis] / (half_axes[axis] * half_axes[axis]);
      length += n[axis] * n[axis];
    }
    const double nx = n[0] / std::sqrt(length);
    const double exact = 1 - speed * speed * (1 - nx * nx);
    const Point cross = {e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0]};
    const double area = std::sqrt(cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2]);
    error += area * std::pow(flow.pressure[t] - exact, 2);
    total += area;
  }
  return std::sqrt(error / total);
}

}  // namespace

class BluffBodyTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_sphere_has_its_closed_form() {
    QVERIFY(std::abs(greatest_speed(1, 1, 1) - 1.5) < 1e-8);
    const double coarse = ellipsoid_error({1, 1, 1}, 12, 12), fine = ellipsoid_error({1, 1, 1}, 24, 24);
    qInfo("sphere: %.2e, %.2e", coarse, fine);
    QVERIFY(fine < 0.02 && fine < coarse / 1.7);
  }

  void an_ellipsoid_has_its_closed_form() {
    const double coarse = ellipsoid_error({2, 1, 0.7}, 12, 12), fine = ellipsoid_error({2, 1, 0.7}, 24, 24);
    qInfo("ellipsoid: %.2e, %.2e", coarse, fine);
    QVERIFY(fine < 0.02 && fine < coarse / 1.7);
  }

  // A sphere far above the ground does not feel it; one close to it does, and no air passes through z = 0.
  void the_ground_is_a_wall() {
    const auto free = flow_around(ellipsoid({1, 1, 1}, {0, 0, 50}, 10, 10), {1, 0, 0}, false);
    const auto high = flow_around(ellipsoid({1, 1, 1}, {0, 0, 50}, 10, 10), {1, 0, 0}, true);
    const auto low = flow_around(ellipsoid({1, 1, 1}, {0, 0, 1.2}, 10, 10), {1, 0, 0}, true);
    double far = 0, near = 0;
    for (std::size_t t = 0; t < free.pressure.size(); ++t) {
      far = std::max(far, std::abs(high.pressure[t] - free.pressure[t]));
      near = std::max(near, std::abs(low.pressure[t] - free.pressure[t]));
    }
    QVERIFY(far < 1e-4);  // a dipole's velocity falls with the cube of the distance, 100
    QVERIFY(near > 0.1);
    // Two spheres as mirror images of each other in free air are one over the ground.
    Surface pair = ellipsoid({1, 1, 1}, {0, 0, 1.2}, 10, 10);
    const auto points = pair.points;
    const auto triangles = pair.triangles;
    const int count = static_cast<int>(points.size());
    for (const Point& p : points) pair.points.push_back({p[0], p[1], -p[2]});
    for (const auto& t : triangles) pair.triangles.push_back({t[0] + count, t[2] + count, t[1] + count});
    const auto both = flow_around(pair, {1, 0, 0}, false);
    for (std::size_t t = 0; t < triangles.size(); ++t)
      QVERIFY(std::abs(both.pressure[t] - low.pressure[t]) < 1e-9);
  }

  void no_air_passes_and_a_cube_of_a_scale_is_the_same() {
    CarShape shape;
    const Surface car = car_surface(shape, 16, 16);
    check_closed(car);
    const auto flow = flow_around(car, {1, 0, 0}, true), faster = flow_around(car, {3, 0, 0}, true);
    double greatest = -10;
    for (std::size_t t = 0; t < flow.pressure.size(); ++t) {
      QVERIFY(std::abs(flow.pressure[t] - faster.pressure[t]) < 1e-10);
      greatest = std::max(greatest, flow.pressure[t]);
    }
    // At the nose the air nearly stands; a centre is never exactly there.
    QVERIFY2(greatest > 0.8 && greatest <= 1.0, qPrintable(QString::number(greatest)));
  }

  void samples_do_not_depend_on_threads() {
    const BluffBodySpec spec{10, 10, 4, 7, 0};
    const auto one = solve_bluff_bodies(spec, {}, 1), three = solve_bluff_bodies(spec, {}, 3);
    for (int s = 0; s < 4; ++s) {
      QVERIFY(one[s].pressure == three[s].pressure);
      QCOMPARE(one[s].pressure.size(), std::size_t{2 * 9 * 10});
      QCOMPARE(one[s].surface.triangles.size(), one[s].pressure.size());
      for (double p : one[s].pressure) QVERIFY(p <= 1.0 && p > -20.0);
      for (const Point& p : one[s].surface.points) QVERIFY(p[2] > 0.03);
    }
    QVERIFY(one[0].pressure != one[1].pressure);
  }

  void refuses_surfaces_that_are_none() {
    Surface open = ellipsoid({1, 1, 1}, {0, 0, 0}, 6, 6);
    open.triangles.pop_back();
    QVERIFY_EXCEPTION_THROWN(flow_around(open, {1, 0, 0}), RequestError);
    Surface flat = ellipsoid({1, 1, 0}, {0, 0, 0}, 6, 6);
    flat.points[8] = flat.points[1];
    flat.points[7] = flat.points[1];
    flat.points[2] = flat.points[1];
    QVERIFY_EXCEPTION_THROWN(flow_around(flat, {1, 0, 0}), RequestError);
    Surface wild = ellipsoid({1, 1, 1}, {0, 0, 0}, 6, 6);
    wild.triangles[0][0] = 1000;
    QVERIFY_EXCEPTION_THROWN(flow_around(wild, {1, 0, 0}), RequestError);
    QVERIFY_EXCEPTION_THROWN(flow_around(ellipsoid({1, 1, 1}, {0, 0, 0}, 6, 6), {1, 0, 0}, true),
                             RequestError);
    QVERIFY_EXCEPTION_THROWN(flow_around({}, {1, 0, 0}), RequestError);
    QVERIFY_EXCEPTION_THROWN(solve_bluff_bodies({4, 10, 1}), FieldError);
  }

  void speed() {
    QElapsedTimer timer;
    timer.start();
    solve_bluff_bodies({24, 24, 2});
    qInfo("2 bodies of 1104 triangles in %lld ms", static_cast<long long>(timer.elapsed()));
  }
};

QTEST_GUILESS_MAIN(BluffBodyTest)
#include "bluff_body_test.moc"
