#include "widgets/range_plot.h"

#include "widgets/range_detail.h"
#include "widgets/range_overview.h"
#include "widgets/theme.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halfwave::widgets {
namespace {

constexpr int redraw_interval_ms = 66;
/// Below this the histogram takes half of the height, and below the other one there is room for the rows or
/// the histogram, not for both.
constexpr int small_height = 420;
constexpr int least_height = 320;

}  // namespace

struct RangePlot::Impl {
  RangeEvent event;
  int layer_count = 0;
  QStringList names;
  Detail detail = Detail::none;
  QTimer timer;
  QElapsedTimer since_redraw;
  QLabel* hint = nullptr;
  QStackedWidget* stack = nullptr;
  QSplitter* splitter = nullptr;

  std::optional<RangeKey> fault() const {
    if (!event.fault || event.stages.empty()) return std::nullopt;
    return key_of(event.stages.back());
  }
};

RangePlot::RangePlot(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  setAccessibleName(tr("Numeric range"));
  layers_ = new QComboBox(this);
  layers_->setObjectName(QStringLiteral("range_layer"));
  layers_->setAccessibleName(tr("Layer"));
  layers_->setToolTip(tr("Which layers are shown"));
  filters_ = new QButtonGroup(this);
  auto* top = new QHBoxLayout;
  top->setContentsMargins(spacing, spacing_small, spacing, spacing_small);
  top->setSpacing(spacing_small);
  top->addWidget(layers_);
  const auto add_filter = [&](RangeFilter filter, const QString& text, const char* name, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setObjectName(QString::fromLatin1(name));
    button->setProperty("segment", true);
    button->setCheckable(true);
    button->setText(text);
    button->setToolTip(tip);
    filters_->addButton(button, static_cast<int>(filter));
    top->addWidget(button);
  };
  add_filter(RangeFilter::values, tr("Values"), "range_values", tr("Results of the forward pass"));
  add_filter(RangeFilter::gradients, tr("∂ Gradients"), "range_gradients",
             tr("Gradients of the backward pass, loss scale included"));
  add_filter(RangeFilter::both, tr("Both"), "range_both", tr("Values and gradients"));
  filters_->button(static_cast<int>(RangeFilter::values))->setChecked(true);
  top->addStretch(1);

  overview_ = new RangeOverview(this);
  overview_->setObjectName(QStringLiteral("range_overview"));
  detail_ = new RangeDetail(this);
  detail_->setObjectName(QStringLiteral("range_detail"));
  detail_->hide();
  impl_->splitter = new QSplitter(Qt::Vertical, this);
  impl_->splitter->addWidget(overview_);
  impl_->splitter->addWidget(detail_);
  impl_->splitter->setStretchFactor(0, 3);
  impl_->splitter->setStretchFactor(1, 2);
  impl_->splitter->setChildrenCollapsible(false);
  impl_->hint = new QLabel(this);
  impl_->hint->setProperty("role", "hint");
  impl_->hint->setAlignment(Qt::AlignCenter);
  impl_->hint->setWordWrap(true);
  impl_->hint->setMargin(spacing_large);
  impl_->stack = new QStackedWidget(this);
  impl_->stack->addWidget(impl_->hint);
  impl_->stack->addWidget(impl_->splitter);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(top);
  layout->addWidget(impl_->stack, 1);
  setFocusProxy(overview_);

  connect(layers_, &QComboBox::currentIndexChanged, this, &RangePlot::show_event);
  connect(filters_, &QButtonGroup::idToggled, this, [this](int, bool on) {
    if (on) show_event();
  });
  connect(overview_, &RangeOverview::chosen, this, [this] {
    if (detail_shown()) show_detail(Detail::wanted);
  });
  connect(overview_, &RangeOverview::activated, this, [this] { show_detail(Detail::wanted); });
  connect(detail_, &RangeDetail::closed, this, [this] { show_detail(Detail::none); });
  connect(&theme_notifier(), &ThemeNotifier::changed, this, [this] {
    overview_->viewport()->update();
    detail_->update();
  });
  impl_->timer.setSingleShot(true);
  connect(&impl_->timer, &QTimer::timeout, this, &RangePlot::show_event);
  clear();
}

RangePlot::~RangePlot() = default;

void RangePlot::add(const RangeEvent& event) {
  impl_->event = event;
  for (const StageRange& range : event.stages)
    impl_->layer_count = std::max(impl_->layer_count, static_cast<int>(range.layer) + 1);
  show_layers();
  if (const auto key = impl_->fault()) {
    select(*key);
    show_event();
    show_detail(Detail::of_fault);
    overview_->scroll_to_selection();
    return;
  }
  schedule();
}

void RangePlot::clear() {
  impl_->event = {};
  impl_->layer_count = 0;
  overview_->select(std::nullopt);
  show_detail(Detail::none);
  show_layers();
  show_event();
}

void RangePlot::set_layer_count(int layers) {
  if (impl_->layer_count == layers) return;
  impl_->layer_count = layers;
  show_layers();
  schedule();
}

void RangePlot::set_filter(RangeFilter filter) {
  filters_->button(static_cast<int>(filter))->setChecked(true);
}

RangeFilter RangePlot::filter() const {
  return static_cast<RangeFilter>(filters_->checkedId());
}

void RangePlot::set_layer(int layer) {
  layers_->setCurrentIndex(std::clamp(layer + 1, 0, layers_->count() - 1));
}

const std::optional<RangeKey>& RangePlot::selected() const {
  return overview_->selected();
}
std::optional<RangeKey> RangePlot::fault() const {
  return impl_->fault();
}
bool RangePlot::detail_shown() const {
  return !detail_->isHidden();
}

// Whatever is filtered out, a row that is selected for its fault must be seen.
void RangePlot::select(const RangeKey& key) {
  if (filter() != RangeFilter::both)
    if ((filter() == RangeFilter::gradients) != key.backward) set_filter(RangeFilter::both);
  const int layer = layers_->currentIndex() - 1;
  if (layer >= 0 && layer != static_cast<int>(key.layer)) set_layer(-1);
  overview_->select(key);
}

QString RangePlot::layer_name(std::size_t layer) const {
  return impl_->names.value(static_cast<int>(layer));
}

void RangePlot::show_layers() {
  QStringList names;
  for (const std::string& name : layer_names(std::max(0, impl_->layer_count - 2)))
    names << QString::fromStdString(name);
  if (names == impl_->names && layers_->count() == names.size() + 1) return;
  impl_->names = names;
  const QSignalBlocker blocker(layers_);
  const QString chosen = layers_->currentIndex() > 0 ? layers_->currentText() : QString();
  layers_->clear();
  layers_->addItem(tr("All layers"));
  layers_->addItems(names);
  layers_->setCurrentIndex(std::max(0, layers_->findText(chosen)));
}

void RangePlot::schedule() {
  if (impl_->timer.isActive() || !isVisible()) return;
  const qint64 passed = impl_->since_redraw.isValid() ? impl_->since_redraw.elapsed() : redraw_interval_ms;
  impl_->timer.start(
      static_cast<int>(std::clamp<qint64>(redraw_interval_ms - passed, 0, redraw_interval_ms)));
}

void RangePlot::show_event() {
  impl_->timer.stop();
  impl_->since_redraw.start();
  const RangeEvent& event = impl_->event;
  if (event.stages.empty()) {
    impl_->hint->setText(
        tr("The numeric range of every layer and stage appears here when a run starts, if "
           "precision.range_every is not 0."));
    impl_->stack->setCurrentWidget(impl_->hint);
    overview_->set_rows({}, impl_->names);
    return;
  }
  overview_->set_time(tr("epoch %1").arg(event.epoch + 1), tr("step %L1").arg(event.step + 1));
  overview_->set_fault(impl_->fault());
  overview_->set_rows(range_rows(event, filter(), layers_->currentIndex() - 1), impl_->names);
  const bool none = overview_->rows().empty();
  if (none)
    impl_->hint->setText(tr("This look holds no such values: it ends where a run lost its finite ones."));
  impl_->stack->setCurrentWidget(none ? static_cast<QWidget*>(impl_->hint) : impl_->splitter);
  show_detail(impl_->detail);
}

void RangePlot::show_detail(Detail detail) {
  impl_->detail = detail;
  const auto& rows = overview_->rows();
  const auto row = std::find_if(rows.begin(), rows.end(), [this](const StageRange& range) {
    return selected() && key_of(range) == *selected();
  });
  const bool small = height() < least_height;
  // Where only one has room, the picture of where a fault arose says more than one row of it.
  const bool shown = row != rows.end() && (small ? detail == Detail::wanted : detail != Detail::none);
  if (shown) detail_->set_row(*row, layer_name(row->layer));
  const bool appears = shown && !detail_shown();
  const bool had_focus = overview_->hasFocus() || detail_->hasFocus();
  detail_->setVisible(shown);
  overview_->setVisible(!(shown && small));
  setFocusProxy(shown && small ? static_cast<QWidget*>(detail_) : overview_);
  if (had_focus) setFocus();
  if (!appears || small) return;
  const int all = impl_->splitter->height();
  const int below = std::max(detail_->minimumSizeHint().height(), all < small_height ? all / 2 : all * 2 / 5);
  impl_->splitter->setSizes({all - below, below});
  QTimer::singleShot(0, overview_, &RangeOverview::scroll_to_selection);
}

void RangePlot::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if (impl_->detail != Detail::none) show_detail(impl_->detail);
}

void RangePlot::keyPressEvent(QKeyEvent* event) {
  const int key = event->key();
  if (key == Qt::Key_Escape && detail_shown()) {
    show_detail(Detail::none);
  } else if (overview_->isHidden() && (key == Qt::Key_Up || key == Qt::Key_Down)) {
    QCoreApplication::sendEvent(overview_, event);
  } else {
    QWidget::keyPressEvent(event);
  }
}

void RangePlot::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  show_event();
}

}  // namespace halfwave::widgets
