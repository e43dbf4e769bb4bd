#include "widgets/field_scenes.h"

#include <vtkCamera.h>
#include <vtkRenderWindow.h>

namespace halfwave::widgets {

void FieldScenes::show(vtkRenderWindow& window, const FieldFrame& frame) {
  if (!background_) {
    background_ = vtkSmartPointer<vtkRenderer>::New();
    camera_ = vtkSmartPointer<vtkCamera>::New();
    window.AddRenderer(background_);
  }
  const QColor& ground = frame.colours.window;
  background_->SetBackground(ground.redF(), ground.greenF(), ground.blueF());

  const CameraView& view = frame.camera;
  camera_->SetParallelProjection(view.parallel);
  camera_->SetParallelScale(view.half_height);
  camera_->SetViewAngle(view.angle);
  camera_->SetFocalPoint(view.focus.data());
  camera_->SetPosition(view.eye.data());
  camera_->SetViewUp(view.up.data());
  camera_->SetClippingRange(view.nearest, view.farthest);

  const bool stale = frame.version != version_ || frame.mode != mode_;
  for (std::size_t k = 0; k < most_tiles; ++k) {
    if (k >= frame.tiles->size()) {
      if (tiles_[k]) tiles_[k]->renderer()->DrawOff();
      continue;
    }
    const bool fresh = !tiles_[k];
    if (fresh) {
      tiles_[k] = std::make_unique<FieldTileScene>();
      tiles_[k]->renderer()->SetActiveCamera(camera_);
      window.AddRenderer(tiles_[k]->renderer());
    }
    vtkRenderer& renderer = *tiles_[k]->renderer();
    renderer.DrawOn();
    tiles_[k]->recolour(frame.colours);
    const QRectF& r = frame.viewports[k];
    renderer.SetViewport(r.left(), 1.0 - r.bottom(), r.right(), 1.0 - r.top());
    if (stale || fresh) tiles_[k]->update((*frame.tiles)[k], frame.mode);
  }
  version_ = frame.version;
  mode_ = frame.mode;
}

}  // namespace halfwave::widgets
