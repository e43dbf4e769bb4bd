#include "widgets/compare_fields.h"

#include "widgets/colour_bar.h"
#include "widgets/compare_lines.h"
#include "widgets/field_slice.h"
#include "widgets/theme.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

/// One line that ends in … where there is no more room.
class ElidedText : public QLabel {
 public:
  using QLabel::QLabel;

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const QRect room = contentsRect();
    painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(text(), Qt::ElideRight, room.width()));
  }
};

Field difference(const Field& prediction, const Field& truth) {
  Field error{truth.shape, std::vector<float>(truth.values.size())};
  for (std::size_t i = 0; i < error.values.size(); ++i)
    error.values[i] = prediction.values[i] - truth.values[i];
  return error;
}

bool fits(const SnapshotEvent& snapshot, const Field& truth) {
  return snapshot.prediction.shape == truth.shape && is_drawable(snapshot.prediction);
}

}  // namespace

struct CompareFields::Parts {
  QButtonGroup* what = nullptr;
  QButtonGroup* modes = nullptr;
  QComboBox* map = nullptr;
  QHBoxLayout* tools = nullptr;
  QLabel* caption = nullptr;
  QStackedWidget* stack = nullptr;
  QLabel* placeholder = nullptr;
  FieldView* view = nullptr;
  CompareLines* lines = nullptr;
  QWidget* slice_row = nullptr;
  QSlider* slice = nullptr;
  QLabel* slice_text = nullptr;
  QLabel* read_out = nullptr;

  QString unit;
  std::string test_set;
  std::vector<CompareRun> runs;
  std::vector<QString> names;  ///< of the tiles
};

CompareFields::CompareFields(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {
  build();
  redraw();
}

CompareFields::~CompareFields() = default;

void CompareFields::build() {
  Parts& p = *parts_;
  p.tools = new QHBoxLayout;
  p.tools->setSpacing(spacing_small);
  const auto segment = [&](QButtonGroup* group, int id, const QString& text, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setText(text);
    button->setToolTip(tip);
    button->setCheckable(true);
    button->setProperty("segment", true);
    group->addButton(button, id);
    p.tools->addWidget(button);
  };
  p.what = new QButtonGroup(this);
  segment(p.what, 0, tr("Prediction"), tr("Each variant's prediction, on the truth's colour scale"));
  segment(p.what, 1, tr("Error"), tr("Each variant's prediction − truth, all on one colour scale"));
  p.tools->addSpacing(spacing);
  p.modes = new QButtonGroup(this);
  segment(p.modes, 0, tr("Image"), tr("Show fields as pictures, one cell a grid point"));
  segment(p.modes, 1, tr("Surface"), tr("Show fields as surfaces, their height being the value"));
  p.what->button(0)->setChecked(true);
  p.modes->button(0)->setChecked(true);
  p.map = new QComboBox(this);
  p.map->setAccessibleName(tr("Colour map"));
  p.map->setToolTip(tr("Colours of truth and predictions"));
  for (const ColourMap map : all_colour_maps) p.map->addItem(colour_map_name(map));
  p.tools->addWidget(p.map);
  p.caption = new ElidedText(this);
  p.caption->setProperty("role", "hint");
  p.caption->setMinimumWidth(1);
  p.caption->setContentsMargins(spacing, 0, 0, 0);
  p.tools->addWidget(p.caption, 1);

  p.stack = new QStackedWidget(this);
  p.placeholder =
      new QLabel(tr("The variants' predictions appear here as soon as they have made their first."), p.stack);
  p.placeholder->setAlignment(Qt::AlignCenter);
  p.placeholder->setWordWrap(true);
  p.placeholder->setProperty("role", "hint");
  p.view = new FieldView(p.stack);
  p.view->setAccessibleName(tr("Truth and predictions of all variants"));
  p.view->set_shared_bars(true);
  p.stack->addWidget(p.placeholder);
  p.stack->addWidget(p.view);
  p.lines = new CompareLines(p.stack);
  p.lines->resize(p.lines->sizeHint());
  p.stack->addWidget(p.lines);

  p.slice_row = new QWidget(this);
  auto* slice_layout = new QHBoxLayout(p.slice_row);
  slice_layout->setContentsMargins(0, 0, 0, 0);
  p.slice = new QSlider(Qt::Horizontal, p.slice_row);
  p.slice->setAccessibleName(tr("Slice"));
  p.slice_text = new QLabel(p.slice_row);
  slice_layout->addWidget(new QLabel(tr("Slice"), p.slice_row));
  slice_layout->addWidget(p.slice, 1);
  slice_layout->addWidget(p.slice_text);
  p.slice_row->hide();

  p.read_out = new QLabel(this);
  p.read_out->setTextFormat(Qt::PlainText);
  p.read_out->setMinimumWidth(1);
  p.read_out->setObjectName(QStringLiteral("compare_read_out"));

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing_small);
  layout->addLayout(p.tools);
  layout->addWidget(p.stack, 1);
  layout->addWidget(p.slice_row);
  layout->addWidget(p.read_out);

  connect(p.what, &QButtonGroup::idToggled, this, [this](int, bool on) {
    if (on) redraw();
  });
  connect(p.modes, &QButtonGroup::idToggled, this, [this](int id, bool on) {
    if (on) parts_->view->set_mode(id == 0 ? FieldMode::image : FieldMode::surface);
  });
  connect(p.map, &QComboBox::currentIndexChanged, this, &CompareFields::redraw);
  connect(p.slice, &QSlider::valueChanged, this, &CompareFields::redraw);
  connect(p.view, &FieldView::hovered, this, &CompareFields::show_read_out);
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &CompareFields::redraw);
}

void CompareFields::set_unit(const QString& unit) {
  parts_->unit = unit;
}

void CompareFields::show_runs(const std::vector<CompareRun>& runs, const std::string& test_set) {
  parts_->runs = runs;
  parts_->test_set = test_set;
  redraw();
}

void CompareFields::set_errors(bool errors) {
  parts_->what->button(errors ? 1 : 0)->setChecked(true);
}
bool CompareFields::shows_errors() const {
  return parts_->what->checkedId() == 1;
}
void CompareFields::set_mode(FieldMode mode) {
  parts_->modes->button(mode == FieldMode::image ? 0 : 1)->setChecked(true);
}
FieldView* CompareFields::view() const {
  return parts_->view;
}
CompareLines* CompareFields::lines() const {
  return parts_->lines;
}
QString CompareFields::read_out() const {
  return parts_->read_out->text();
}
void CompareFields::add_tool(QWidget* tool) {
  parts_->tools->addWidget(tool);
}

void CompareFields::redraw() {
  Parts& p = *parts_;
  const auto first = std::find_if(p.runs.begin(), p.runs.end(), [](const CompareRun& run) {
    return run.snapshot && is_drawable(run.snapshot->truth);
  });
  if (first == p.runs.end()) {
    p.stack->setCurrentWidget(p.placeholder);
    p.view->set_tiles({});
    p.caption->clear();
    p.read_out->clear();
    p.slice_row->hide();
    return;
  }
  const SnapshotEvent& shown = *first->snapshot;
  const Field& truth = shown.truth;
  const int slices = slices_of(truth);
  p.slice_row->setVisible(slices > 1);
  if (p.slice->maximum() != slices - 1) {
    const QSignalBlocker quiet(p.slice);
    p.slice->setRange(0, slices - 1);
    p.slice->setValue(slices / 2);
  }
  p.slice_text->setText(tr("%1 of %2").arg(p.slice->value() + 1).arg(slices));
  const bool line = truth.shape.size() == 1;
  for (QAbstractButton* mode : p.modes->buttons()) mode->setEnabled(!line);
  p.map->setEnabled(!line);
  if (line) return draw_lines(shown);
  const int slice = p.slice->value();
  const bool errors = shows_errors();
  const auto map = static_cast<ColourMap>(p.map->currentIndex());

  std::vector<FieldTile> tiles;
  tiles.push_back({tr("Truth"), p.unit, slice_of(truth, slice), map, range_of(truth.values)});
  double largest = 0.0;
  bool same_step = true;
  for (std::size_t k = 0; k < p.runs.size(); ++k) {
    const CompareRun& run = p.runs[k];
    FieldTile tile;
    tile.title = run.policy.isEmpty() || run.name.startsWith(run.policy)
                     ? run.name
                     : tr("%1 · %2").arg(run.name, run.policy);
    tile.unit = p.unit;
    tile.key = compare_pen(k, 2.4);
    tile.map = errors ? ColourMap::diverging : map;
    tile.range = tiles.front().range;
    if (run.snapshot && fits(*run.snapshot, truth)) {
      const Field value = errors ? difference(run.snapshot->prediction, truth) : run.snapshot->prediction;
      largest = std::max(largest, symmetric_range_of(value.values).high);
      tile.field = slice_of(value, slice);
      same_step = same_step && run.snapshot->step == shown.step;
      const auto metrics = run.metrics_of(p.test_set);
      tile.caption = metrics
                         ? tr("L2 %1 · H1 %2").arg(format_value(metrics->l2, 3), format_value(metrics->h1, 3))
                         : tr("not evaluated yet");
    } else {
      tile.field = {tiles.front().field.shape,
                    std::vector<float>(tiles.front().field.values.size(),
                                       static_cast<float>(errors ? 0.0 : tile.range.low))};
      tile.caption = run.has_ended() ? tr("no prediction") : tr("waits for its first prediction");
    }
    if (run.state == RunState::failed) tile.notice = run.message;
    tiles.push_back(std::move(tile));
  }
  if (errors)
    for (std::size_t k = 1; k < tiles.size(); ++k) tiles[k].range = {-largest, largest};
  if (!same_step)
    for (std::size_t k = 0; k < p.runs.size(); ++k)
      if (p.runs[k].snapshot) tiles[k + 1].caption += tr(" · step %1").arg(p.runs[k].snapshot->step);

  say_where(shown, same_step);
  p.names.clear();
  p.names.push_back(tr("truth"));
  for (const CompareRun& run : p.runs) p.names.push_back(run.name);
  p.view->set_tiles(std::move(tiles));
  p.stack->setCurrentWidget(p.view);
  show_read_out(p.view->marker());
}

void CompareFields::say_where(const SnapshotEvent& shown, bool same_step) {
  QStringList facts;
  if (same_step) facts << tr("epoch %1").arg(shown.epoch + 1) << tr("step %1").arg(shown.step);
  facts << tr("sample %1").arg(shown.sample);
  if (!shown.test_set.empty()) facts << tr("test set %1").arg(QString::fromStdString(shown.test_set));
  parts_->caption->setText(facts.join(QStringLiteral(" · ")));
  parts_->caption->setToolTip(parts_->caption->text());
}

void CompareFields::draw_lines(const SnapshotEvent& shown) {
  Parts& p = *parts_;
  std::vector<CompareLines::Line> lines;
  bool same_step = true;
  for (std::size_t k = 0; k < p.runs.size(); ++k) {
    const CompareRun& run = p.runs[k];
    if (!run.snapshot || !fits(*run.snapshot, shown.truth)) continue;
    same_step = same_step && run.snapshot->step == shown.step;
    lines.push_back(
        {k, run.name,
         shows_errors() ? difference(run.snapshot->prediction, shown.truth) : run.snapshot->prediction});
  }
  const QString what = shows_errors() ? tr("prediction − truth") : tr("output");
  p.lines->set_lines(shows_errors() ? Field{} : shown.truth, std::move(lines),
                     tr("%1 (%2)").arg(what, p.unit.isEmpty() ? QStringLiteral("–") : p.unit));
  say_where(shown, same_step);
  p.read_out->clear();
  p.stack->setCurrentWidget(p.lines);
}

void CompareFields::show_read_out(const std::optional<FieldPoint>& point) {
  Parts& p = *parts_;
  const auto& tiles = p.view->tiles();
  if (!point || tiles.size() != p.names.size()) {
    p.read_out->setText(tiles.empty() ? QString() : tr("Point at a field to read its values"));
    return;
  }
  QStringList texts = {tr("x %1, y %2").arg(point->x, 0, 'f', 3).arg(point->y, 0, 'f', 3)};
  for (std::size_t k = 0; k < tiles.size(); ++k) {
    const Field& field = tiles[k].field;
    const std::size_t at = static_cast<std::size_t>(point->row) * static_cast<std::size_t>(field.shape[1]) +
                           static_cast<std::size_t>(point->column);
    if (at < field.values.size()) texts << p.names[k] + QChar(' ') + format_value(field.values[at]);
  }
  p.read_out->setText(texts.join(QStringLiteral("   ")));
}

}  // namespace halfwave::widgets
