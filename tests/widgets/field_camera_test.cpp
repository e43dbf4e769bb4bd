#include "widgets/field_camera.h"

#include <QTest>
#include <vtkCamera.h>
#include <vtkMatrix4x4.h>
#include <vtkNew.h>

#include <cmath>

using namespace halfwave::widgets;

namespace {

// The same projection by VTK, which draws what the camera's positions are told for.
QPointF by_vtk(const CameraView& view, double aspect, const ScenePoint& point) {
  vtkNew<vtkCamera> camera;
  camera->SetParallelProjection(view.parallel);
  camera->SetParallelScale(view.half_height);
  camera->SetViewAngle(view.angle);
  camera->SetFocalPoint(view.focus.data());
  camera->SetPosition(view.eye.data());
  camera->SetViewUp(view.up.data());
  camera->SetClippingRange(view.nearest, view.farthest);
  const double in[4] = {point[0], point[1], point[2], 1.0};
  double out[4];
  camera->GetCompositeProjectionTransformMatrix(aspect, -1, 1)->MultiplyPoint(in, out);
  return {out[0] / out[3], out[1] / out[3]};
}

double distance(QPointF a, QPointF b) {
  return std::hypot(a.x() - b.x(), a.y() - b.y());
}

FieldCamera moved(FieldMode mode) {
  FieldCamera camera;
  camera.set_mode(mode);
  camera.set_extent({1.0, 0.6});
  camera.set_aspect(1.4);
  camera.zoom_by(2.5, {0.3, -0.2});
  camera.rotate(33.0, -7.0);
  camera.pan({0.1, 0.15});
  return camera;
}

}  // namespace

class FieldCameraTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void projects_as_vtk_does() {
    for (const FieldMode mode : {FieldMode::image, FieldMode::surface}) {
      const FieldCamera camera = moved(mode);
      for (const ScenePoint& p : {ScenePoint{0, 0, 0}, {1, 0.6, 0}, {0.3, 0.5, 0.35}, {0.9, 0.1, 0.2}})
        // Both are double precision; the positions are of order 1.
        QVERIFY(distance(camera.project(p), by_vtk(camera.view(), 1.4, p)) < 1e-9);
    }
  }

  void picking_undoes_projecting() {
    const FieldCamera image = moved(FieldMode::image);
    for (const QPointF p : {QPointF(0.2, 0.3), QPointF(0.5, 0.5), QPointF(0.99, 0.01)}) {
      const auto hit = image.pick(image.project({p.x(), p.y(), 0.0}), nullptr);
      QVERIFY(hit && distance(*hit, p) < 1e-12);
    }
    QVERIFY(!image.pick(image.project({1.01, 0.3, 0.0}), nullptr));

    const FieldCamera surface = moved(FieldMode::surface);
    const auto tilted = [](QPointF p) { return 0.1 + 0.2 * p.x(); };
    for (const QPointF p : {QPointF(0.2, 0.3), QPointF(0.7, 0.5), QPointF(0.9, 0.1)}) {
      const auto hit = surface.pick(surface.project({p.x(), p.y(), tilted(p)}), tilted);
      // The ray is followed in 256 steps of height.
      QVERIFY(hit && distance(*hit, p) < 0.01);
    }
  }

  void the_nearer_of_two_hills_is_hit() {
    FieldCamera camera;
    camera.set_mode(FieldMode::surface);
    // A wall along the near edge hides what lies behind it.
    const auto wall = [](QPointF p) { return p.y() < 0.1 ? surface_height : 0.0; };
    const auto hit = camera.pick(camera.project({0.5, 0.3, 0.0}), wall);
    QVERIFY(hit && hit->y() < 0.1);
  }

  void whole_field_in_view_after_reset() {
    for (const FieldMode mode : {FieldMode::image, FieldMode::surface})
      for (const double aspect : {0.5, 1.0, 2.0})
        for (const FieldExtent extent : {FieldExtent{1, 1}, {1, 0.2}, {0.3, 1}}) {
          FieldCamera camera;
          camera.set_mode(mode);
          camera.set_aspect(aspect);
          camera.set_extent(extent);
          for (const double x : {0.0, extent.width})
            for (const double y : {0.0, extent.height})
              for (const double z : {0.0, mode == FieldMode::surface ? surface_height : 0.0}) {
                const QPointF seen = camera.project({x, y, z});
                QVERIFY2(std::abs(seen.x()) <= 1.0 + 1e-9 && std::abs(seen.y()) <= 1.0 + 1e-9,
                         qPrintable(QStringLiteral("aspect %1, extent %2 × %3: %4, %5")
                                        .arg(aspect)
                                        .arg(extent.width)
                                        .arg(extent.height)
                                        .arg(seen.x())
                                        .arg(seen.y())));
              }
        }
  }

  void limits_hold() {
    FieldCamera camera;
    camera.zoom_by(1e9);
    QCOMPARE(camera.zoom(), 64.0);
    camera.pan({1e6, -1e6});
    QVERIFY(camera.pick({0.0, 0.0}, nullptr).has_value());
    camera.zoom_by(1e-9);
    QCOMPARE(camera.zoom(), 1.0);
    camera.set_mode(FieldMode::surface);
    camera.rotate(0.0, 1e4);
    QVERIFY(camera.view().eye[2] > 0.0);
    camera.rotate(0.0, -1e4);
    QVERIFY(camera.view().eye[2] > 0.0);
  }
};

QTEST_GUILESS_MAIN(FieldCameraTest)
#include "field_camera_test.moc"
