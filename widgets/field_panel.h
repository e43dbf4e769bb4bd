#pragma once

#include "core/training/events.h"
#include "widgets/field_view.h"

#include <QWidget>

#include <memory>

namespace halfwave::widgets {

/// What a field is, for titles: `coefficient a`, unit may be empty.
struct FieldName {
  QString name;
  QString unit;
};

/// Input, truth, prediction and error of one test sample. Truth and prediction share the truth's colour
/// range, so that pictures stay comparable from epoch to epoch. Two axes: pictures or surfaces; one axis:
/// curves; three axes: a slice along the first axis, chosen with a slider.
class FieldPanel : public QWidget {
  Q_OBJECT
 public:
  explicit FieldPanel(QWidget* parent = nullptr);
  ~FieldPanel() override;

  void set_names(const FieldName& input, const FieldName& output);
  /// Shows a snapshot; without a prediction (no values) only input and truth. Cheap: the picture is made in
  /// the next turn of the event loop. A snapshot whose shapes do not fit each other is not drawn; a sentence
  /// says why.
  void set_snapshot(const SnapshotEvent& snapshot);
  /// Takes the pictures away and shows a sentence instead (an empty one: the usual hint).
  void clear(const QString& placeholder = {});
  bool has_snapshot() const;

  void set_mode(FieldMode mode);
  FieldMode mode() const;
  void set_colour_map(ColourMap map);  ///< of input, truth and prediction
  ColourMap colour_map() const;
  void set_signed_error(bool on);  ///< prediction − truth (diverging map), or its magnitude
  bool signed_error() const;
  void reset_camera();

  /// The line under the pictures: x, y and the values of all four fields there.
  QString read_out() const;
  FieldView* view() const;

 Q_SIGNALS:
  /// Something a person may want remembered (mode, map, kind of error) was changed.
  void settings_changed();

 private:
  void build();
  void show_fields();
  void show_read_out(const std::optional<FieldPoint>& point);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace halfwave::widgets
