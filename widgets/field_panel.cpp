#include "widgets/field_panel.h"

#include "widgets/colour_bar.h"
#include "widgets/field_lines.h"
#include "widgets/field_slice.h"
#include "widgets/theme.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

namespace halfwave::widgets {
namespace {

// False for a sample that is shown before there is an operator.
bool is_answered(const SnapshotEvent& s) {
  return !s.prediction.values.empty();
}

// Why a snapshot cannot be drawn; empty if it can.
QString problem_of(const SnapshotEvent& s) {
  const std::size_t axes = s.truth.shape.size();
  if (axes < 1 || axes > 3)
    return FieldPanel::tr("A field has 1 to 3 axes to be drawn, this one has %1.").arg(axes);
  for (const Field* field : {&s.input, &s.truth, &s.prediction}) {
    if (field == &s.prediction && !is_answered(s)) continue;
    if (field->shape != s.truth.shape)
      return FieldPanel::tr(
                 "Input, truth and prediction lie on different grids (%1, %2 and %3), so they "
                 "cannot be compared point by point.")
          .arg(shape_text(s.input.shape), shape_text(s.truth.shape), shape_text(s.prediction.shape));
    if (!is_drawable(*field))
      return FieldPanel::tr("A field of %1 points came with %2 values.")
          .arg(shape_text(field->shape))
          .arg(field->values.size());
  }
  return {};
}

Field error_of(const Field& truth, const Field& prediction, bool with_sign) {
  Field error{truth.shape, std::vector<float>(truth.values.size())};
  for (std::size_t i = 0; i < error.values.size(); ++i) {
    const float difference = prediction.values[i] - truth.values[i];
    error.values[i] = with_sign ? difference : std::abs(difference);
  }
  return error;
}

double relative_l2(const Field& truth, const Field& prediction) {
  double difference = 0.0, size = 0.0;
  for (std::size_t i = 0; i < truth.values.size(); ++i) {
    const double d = static_cast<double>(prediction.values[i]) - truth.values[i];
    difference += d * d;
    size += static_cast<double>(truth.values[i]) * truth.values[i];
  }
  return std::sqrt(difference / size);
}

QString with_unit(const QString& text, const QString& unit) {
  return unit.isEmpty() ? text : text + QChar(' ') + unit;
}

}  // namespace

struct FieldPanel::Parts {
  QToolButton* image = nullptr;
  QToolButton* surface = nullptr;
  QComboBox* map = nullptr;
  QComboBox* error_kind = nullptr;
  QToolButton* reset = nullptr;
  QLabel* caption = nullptr;
  QWidget* slice_row = nullptr;
  QSlider* slice = nullptr;
  QLabel* slice_text = nullptr;
  QStackedWidget* stack = nullptr;
  QLabel* placeholder = nullptr;
  FieldView* view = nullptr;
  FieldLines* lines = nullptr;
  QLabel* read_out = nullptr;

  FieldName input{QStringLiteral("x"), {}};
  FieldName output{QStringLiteral("y"), {}};
  std::optional<SnapshotEvent> snapshot;
  Field error;
};

FieldPanel::FieldPanel(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {
  build();
  clear();
}

FieldPanel::~FieldPanel() = default;

void FieldPanel::build() {
  Parts& p = *parts_;
  const auto button = [this](const QString& text, const QString& tip) {
    auto* result = new QToolButton(this);
    result->setText(text);
    result->setToolTip(tip);
    result->setToolButtonStyle(Qt::ToolButtonTextOnly);
    return result;
  };
  p.image = button(tr("Image"), tr("Show fields as pictures, one cell a grid point"));
  p.surface = button(tr("Surface"), tr("Show fields as surfaces, their height being the value"));
  auto* modes = new QButtonGroup(this);
  for (QToolButton* b : {p.image, p.surface}) {
    b->setCheckable(true);
    b->setProperty("segment", true);
    modes->addButton(b);
  }
  p.image->setChecked(true);
  p.map = new QComboBox(this);
  p.map->setToolTip(tr("Colours of input, truth and prediction"));
  p.map->setAccessibleName(tr("Colour map"));
  for (const ColourMap map : all_colour_maps) {
    QImage strip(48, 12, QImage::Format_RGB32);
    for (int x = 0; x < strip.width(); ++x) {
      const Rgb& c = colour_table(map)[static_cast<std::size_t>(x * 255 / (strip.width() - 1))];
      for (int y = 0; y < strip.height(); ++y) strip.setPixel(x, y, qRgb(c[0], c[1], c[2]));
    }
    p.map->addItem(QIcon(QPixmap::fromImage(strip)), colour_map_name(map));
  }
  p.map->setIconSize({48, 12});
  p.error_kind = new QComboBox(this);
  p.error_kind->addItem(tr("Signed error"));
  p.error_kind->addItem(tr("Error magnitude"));
  p.error_kind->setToolTip(tr("Prediction − truth, or its magnitude"));
  p.error_kind->setAccessibleName(tr("Kind of error"));
  p.reset = button(tr("Reset view"), tr("Show the whole field again (R, or double click on a field)"));

  auto* tools = new QHBoxLayout;
  tools->setSpacing(spacing_small);
  tools->addWidget(p.image);
  tools->addWidget(p.surface);
  tools->addSpacing(spacing);
  tools->addWidget(p.map);
  tools->addWidget(p.error_kind);
  tools->addWidget(p.reset);
  tools->addStretch(1);

  p.caption = new QLabel(this);
  p.caption->setProperty("role", "hint");
  p.caption->setTextFormat(Qt::PlainText);
  p.caption->setMinimumWidth(1);
  p.slice_row = new QWidget(this);
  auto* slice_layout = new QHBoxLayout(p.slice_row);
  slice_layout->setContentsMargins(0, 0, 0, 0);
  p.slice = new QSlider(Qt::Horizontal, p.slice_row);
  p.slice->setAccessibleName(tr("Slice"));
  p.slice->setToolTip(tr("Which slice across the first axis is shown"));
  p.slice_text = new QLabel(p.slice_row);
  slice_layout->addWidget(new QLabel(tr("Slice"), p.slice_row));
  slice_layout->addWidget(p.slice, 1);
  slice_layout->addWidget(p.slice_text);

  p.stack = new QStackedWidget(this);
  p.placeholder = new QLabel(p.stack);
  p.placeholder->setAlignment(Qt::AlignCenter);
  p.placeholder->setWordWrap(true);
  p.placeholder->setProperty("role", "hint");
  p.placeholder->setMargin(spacing_large);
  p.view = new FieldView(p.stack);
  p.lines = new FieldLines(p.stack);
  p.stack->addWidget(p.placeholder);
  p.stack->addWidget(p.view);
  p.stack->addWidget(p.lines);
  p.read_out = new QLabel(this);
  p.read_out->setTextFormat(Qt::PlainText);
  p.read_out->setMinimumWidth(1);
  p.read_out->setObjectName(QStringLiteral("read_out"));

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(spacing, spacing, spacing, spacing);
  layout->setSpacing(spacing_small);
  layout->addLayout(tools);
  layout->addWidget(p.caption);
  layout->addWidget(p.stack, 1);
  layout->addWidget(p.slice_row);
  layout->addWidget(p.read_out);

  connect(p.image, &QToolButton::clicked, this, [this] {
    set_mode(FieldMode::image);
    Q_EMIT settings_changed();
  });
  connect(p.surface, &QToolButton::clicked, this, [this] {
    set_mode(FieldMode::surface);
    Q_EMIT settings_changed();
  });
  const auto redraw = [this] {
    show_fields();
    Q_EMIT settings_changed();
  };
  connect(p.map, &QComboBox::activated, this, redraw);
  connect(p.error_kind, &QComboBox::activated, this, redraw);
  connect(p.reset, &QToolButton::clicked, this, &FieldPanel::reset_camera);
  connect(p.slice, &QSlider::valueChanged, this, &FieldPanel::show_fields);
  connect(p.view, &FieldView::hovered, this, &FieldPanel::show_read_out);
  connect(p.lines, &FieldLines::hovered, this, [this](int index) {
    if (index < 0 || !has_snapshot()) return show_read_out(std::nullopt);
    const int count = parts_->snapshot->truth.shape.back();
    show_read_out(FieldPoint{.row = 0, .column = index, .x = (index + 0.5) / count, .y = 0.0});
  });
}

void FieldPanel::set_names(const FieldName& input, const FieldName& output) {
  parts_->input = input;
  parts_->output = output;
  show_fields();
}

void FieldPanel::set_snapshot(const SnapshotEvent& snapshot) {
  Parts& p = *parts_;
  if (const QString problem = problem_of(snapshot); !problem.isEmpty()) return clear(problem);
  const bool new_depth = !p.snapshot || p.snapshot->truth.shape != snapshot.truth.shape;
  p.snapshot = snapshot;
  if (new_depth && snapshot.truth.shape.size() == 3) {
    const QSignalBlocker quiet(p.slice);
    p.slice->setRange(0, snapshot.truth.shape[0] - 1);
    p.slice->setValue(snapshot.truth.shape[0] / 2);
  }
  QStringList facts;
  if (!snapshot.test_set.empty()) facts << tr("test set %1").arg(QString::fromStdString(snapshot.test_set));
  facts << tr("sample %1").arg(snapshot.sample);
  if (is_answered(snapshot)) {
    const double error = relative_l2(snapshot.truth, snapshot.prediction);
    facts << tr("epoch %1").arg(snapshot.epoch + 1) << tr("step %1").arg(snapshot.step)
          << (std::isfinite(error) ? tr("relative L2 error %1").arg(format_value(error, 3))
                                   : tr("grey: the prediction is not finite there"));
  } else {
    facts << tr("no prediction yet");
  }
  p.caption->setText(facts.join(QStringLiteral(" · ")));
  show_fields();
}

void FieldPanel::clear(const QString& placeholder) {
  Parts& p = *parts_;
  p.snapshot.reset();
  p.caption->clear();
  p.slice_row->hide();
  p.placeholder->setText(
      placeholder.isEmpty()
          ? tr("Input, truth, prediction and error of a test sample appear here as soon as a "
               "run has made its first prediction.")
          : placeholder);
  p.stack->setCurrentWidget(p.placeholder);
  p.view->set_tiles({});
  show_read_out(std::nullopt);
}

bool FieldPanel::has_snapshot() const {
  return parts_->snapshot.has_value();
}

void FieldPanel::show_fields() {
  Parts& p = *parts_;
  if (!p.snapshot) return;
  const SnapshotEvent& s = *p.snapshot;
  const std::size_t axes = s.truth.shape.size();
  // What is missing is drawn as a curve of gaps, or not at all.
  const bool answered = is_answered(s);
  const Field nothing{s.truth.shape,
                      std::vector<float>(s.truth.values.size(), std::numeric_limits<float>::quiet_NaN())};
  p.error = answered ? error_of(s.truth, s.prediction, signed_error()) : nothing;
  p.slice_row->setVisible(axes == 3);
  for (QWidget* only_pictures : std::initializer_list<QWidget*>{p.image, p.surface, p.map})
    only_pictures->setEnabled(axes > 1);
  const QString error_title =
      signed_error() ? tr("Error: prediction − truth") : tr("Error: |prediction − truth|");
  if (axes == 1) {
    p.lines->set_labels(with_unit(p.input.name, p.input.unit), with_unit(p.output.name, p.output.unit));
    p.lines->set_fields(s.input, s.truth, answered ? s.prediction : nothing, p.error);
    p.stack->setCurrentWidget(p.lines);
  } else {
    const int slice = p.slice->value();
    if (axes == 3) p.slice_text->setText(tr("%1 of %2").arg(slice + 1).arg(s.truth.shape[0]));
    const ColourRange shared = range_of(s.truth.values);
    const ColourRange errors =
        signed_error() ? symmetric_range_of(p.error.values) : ColourRange{0.0, range_of(p.error.values).high};
    const ColourMap error_map = signed_error() ? ColourMap::diverging : ColourMap::magma;
    const QString& unit = p.output.unit;
    std::vector<FieldTile> tiles;
    tiles.push_back({tr("Input: %1").arg(p.input.name), p.input.unit, slice_of(s.input, slice), colour_map(),
                     range_of(s.input.values)});
    tiles.push_back(
        {tr("Truth: %1").arg(p.output.name), unit, slice_of(s.truth, slice), colour_map(), shared});
    if (answered) {
      tiles.push_back({tr("Prediction: %1").arg(p.output.name), unit, slice_of(s.prediction, slice),
                       colour_map(), shared});
      tiles.push_back({error_title, unit, slice_of(p.error, slice), error_map, errors});
    }
    p.view->set_tiles(std::move(tiles));
    p.stack->setCurrentWidget(p.view);
  }
  show_read_out(axes == 1 ? std::nullopt : p.view->marker());
}

void FieldPanel::set_mode(FieldMode mode) {
  (mode == FieldMode::image ? parts_->image : parts_->surface)->setChecked(true);
  parts_->view->set_mode(mode);
}

FieldMode FieldPanel::mode() const {
  return parts_->view->mode();
}

void FieldPanel::set_colour_map(ColourMap map) {
  parts_->map->setCurrentIndex(static_cast<int>(map));
  show_fields();
}

ColourMap FieldPanel::colour_map() const {
  return static_cast<ColourMap>(parts_->map->currentIndex());
}

void FieldPanel::set_signed_error(bool on) {
  parts_->error_kind->setCurrentIndex(on ? 0 : 1);
  show_fields();
}

bool FieldPanel::signed_error() const {
  return parts_->error_kind->currentIndex() == 0;
}

void FieldPanel::reset_camera() {
  parts_->view->reset_camera();
  parts_->lines->reset_view();
}

QString FieldPanel::read_out() const {
  return parts_->read_out->text();
}
FieldView* FieldPanel::view() const {
  return parts_->view;
}

void FieldPanel::show_read_out(const std::optional<FieldPoint>& point) {
  Parts& p = *parts_;
  if (!point || !p.snapshot) {
    p.read_out->setText(p.snapshot ? tr("Point at a field to read its values") : QString());
    p.read_out->setProperty("role", "hint");
  } else {
    const SnapshotEvent& s = *p.snapshot;
    const std::size_t axes = s.truth.shape.size();
    const std::size_t columns = static_cast<std::size_t>(s.truth.shape.back());
    const std::size_t rows = axes > 1 ? static_cast<std::size_t>(s.truth.shape[axes - 2]) : 1;
    std::size_t index =
        static_cast<std::size_t>(point->row) * columns + static_cast<std::size_t>(point->column);
    if (axes == 3) index += static_cast<std::size_t>(p.slice->value()) * rows * columns;
    const auto value = [&](const QString& label, const Field& field, const QString& unit) {
      return label + QChar(' ') + with_unit(format_value(field.values[index]), unit);
    };
    QStringList parts;
    parts << (axes > 1 ? tr("x %1, y %2").arg(point->x, 0, 'f', 3).arg(point->y, 0, 'f', 3)
                       : tr("x %1").arg(point->x, 0, 'f', 3));
    parts << value(tr("input"), s.input, p.input.unit) << value(tr("truth"), s.truth, p.output.unit);
    if (is_answered(s))
      parts << value(tr("prediction"), s.prediction, p.output.unit)
            << value(tr("error"), p.error, p.output.unit);
    p.read_out->setText(parts.join(QStringLiteral("   ")));
  }
  p.read_out->setToolTip(p.read_out->text());
}

}  // namespace halfwave::widgets
