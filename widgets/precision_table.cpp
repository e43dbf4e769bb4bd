#include "widgets/precision_table.h"

#include "widgets/format_reference.h"
#include "widgets/policy_edit.h"
#include "widgets/precision_cells.h"
#include "widgets/precision_head.h"
#include "widgets/precision_menus.h"
#include "widgets/precision_view.h"
#include "widgets/theme.h"

#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QStringList>
#include <QVBoxLayout>

#include <algorithm>

namespace halfwave::widgets {

struct PrecisionTable::Impl {
  PrecisionTable* self = nullptr;
  PolicyModel* model = nullptr;
  PolicyDelegate* delegate = nullptr;
  PrecisionHead* head = nullptr;
  PrecisionView* view = nullptr;
  QLabel* legend = nullptr;
  FormatReference* reference = nullptr;
  std::string base = "full";
  Format half = Format::fp16;
  bool read_only = false;
  CellChoice level_cells;  ///< whose level is being typed

  const Policy& policy() const { return model->policy(); }
  int blocks() const { return std::max(0, model->rowCount() - 2); }
  Policy preset(const std::string& name) const { return make_policy(name, blocks(), half); }
  int differing() const { return differing_cells(policy(), preset(base)); }

  /// Shows `table` after an edit; takes the name of the preset it equals, the base's first.
  void edit(Policy table) {
    if (read_only || differing_cells(table, policy()) == 0) return;
    table.name = "custom";
    const std::string nearest = nearest_preset(table, base, half);
    if (differing_cells(table, preset(nearest)) == 0) table.name = base = nearest;
    model->set_policy(table);
    refresh();
    Q_EMIT self->policy_edited(policy());
  }

  PrecisionChoices choices() {
    PrecisionChoices c;
    c.format = [this](const CellChoice& cells, Format f) { edit(with_format(policy(), cells, f)); };
    c.stabilizer = [this](const CellChoice& cells, Stabilizer s) {
      edit(with_stabilizer(policy(), cells, s));
    };
    c.level = [this](const CellChoice& cells) { type_level(cells); };
    c.accumulation = [this](const CellChoice& cells, Accumulation a) {
      edit(with_accumulation(policy(), cells, a));
    };
    c.gradients = [this](const CellChoice& cells, bool fp32) {
      edit(with_fp32_gradients(policy(), cells, fp32));
    };
    return c;
  }

  /// Opens the editor in the first of the chosen cells that has a level.
  void type_level(const CellChoice& cells) {
    for (int row = 0; row < model->rowCount(); ++row) {
      const QModelIndex index = model->index(row, stabilizer_column);
      if (!cells.has_row(row) || !model->flags(index).testFlag(Qt::ItemIsEditable)) continue;
      level_cells = cells;
      view->setCurrentIndex(index);
      view->scrollTo(index);
      view->edit(index);
      return;
    }
  }

  void open_menu(const CellChoice& cells, const QPoint& global) {
    if (read_only || (cells.row >= 0 && cells.column >= 0 && !model->exists(cells.row, cells.column))) return;
    auto* menu = new QMenu(self);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("format_menu"));
    fill_menu(*menu, *model, cells, choices());
    menu->popup(global);
    QAction* first = nullptr;
    for (auto* action : menu->actions()) {
      if (action->isSeparator() || !action->isEnabled()) continue;
      if (!first || action->isChecked()) first = action;
      if (action->isChecked()) break;
    }
    if (first) menu->setActiveAction(first);
  }

  QPoint below(const QModelIndex& index) const {
    return view->viewport()->mapToGlobal(view->visualRect(index).bottomLeft());
  }

  void open_menu_by_key(Qt::KeyboardModifiers modifiers) {
    const QModelIndex current = view->currentIndex();
    if (!current.isValid()) return;
    CellChoice cells{current.row(), current.column()};
    if (modifiers.testFlag(Qt::ShiftModifier))
      cells.column = -1;
    else if (modifiers.testFlag(Qt::ControlModifier))
      cells.row = -1;
    open_menu(cells, below(current));
  }

  void refresh() {
    head->show_policy(base, differing());
    refresh_legend();
    view->share_width();
  }

  /// Only the signs that are in the table are explained.
  void refresh_legend() {
    QStringList lines;
    if (model->device() && model->any_emulated())
      lines << PrecisionTable::tr("≈ emulated on %1: exactly the format's roundings, but fp32's speed")
                   .arg(QString::fromStdString(model->device()->name));
    QStringList signs;
    if (model->any_strict()) signs << PrecisionTable::tr("Σ strict accumulation");
    if (model->any_fp32_gradients()) signs << PrecisionTable::tr("∇ gradients in fp32");
    if (!signs.isEmpty()) lines << signs.join(QStringLiteral("    "));
    legend->setText(lines.join(QStringLiteral("    ")));
    legend->setToolTip(
        PrecisionTable::tr("≈ The device does not compute in this format: Halfwave computes in fp32 and "
                           "rounds exactly as the format "
                           "would. What is stored takes the format's bytes.\nΣ Every partial sum of the "
                           "layer is rounded.\n∇ The "
                           "backward pass of the layer computes in fp32."));
    legend->setVisible(!lines.isEmpty());
  }

  void show_reference() {
    if (!reference) reference = new FormatReference(self);
    reference->set_device(model->device());
    reference->show();
    reference->raise();
    reference->activateWindow();
  }

  void make_view();
};

void PrecisionTable::Impl::make_view() {
  view = new PrecisionView(self);
  view->setModel(model);
  delegate = new PolicyDelegate(view);
  view->setItemDelegate(delegate);
  view->set_up();
  view->setAccessibleName(PrecisionTable::tr("Format of each layer and stage"));
  view->setAccessibleDescription(
      PrecisionTable::tr("Enter changes a cell, Shift+Enter its row, Ctrl+Enter its column."));
  connect(delegate, &PolicyDelegate::level_typed, self, [this](double level) {
    // After the view has put its editor away.
    QMetaObject::invokeMethod(
        self, [this, level] { edit(with_level(policy(), level_cells, level)); }, Qt::QueuedConnection);
  });
  connect(view, &PrecisionView::menu_asked, self,
          [this](Qt::KeyboardModifiers modifiers) { open_menu_by_key(modifiers); });
  connect(view, &QTableView::clicked, self, [this](const QModelIndex& index) {
    open_menu({index.row(), index.column()}, below(index));
  });
  connect(view->horizontalHeader(), &QHeaderView::sectionClicked, self, [this](int column) {
    const auto* header = view->horizontalHeader();
    open_menu({-1, column},
              header->mapToGlobal(QPoint(header->sectionViewportPosition(column), header->height())));
  });
  connect(view->verticalHeader(), &QHeaderView::sectionClicked, self, [this](int row) {
    const auto* header = view->verticalHeader();
    open_menu({row, -1}, header->mapToGlobal(
                             QPoint(0, header->sectionViewportPosition(row) + header->sectionSize(row))));
  });
  connect(&theme_notifier(), &ThemeNotifier::changed, view->viewport(), qOverload<>(&QWidget::update));
}

PrecisionTable::PrecisionTable(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  impl_->self = this;
  setAccessibleName(tr("Precision policy"));
  impl_->model = new PolicyModel(this);
  impl_->head = new PrecisionHead(*impl_->model, impl_->choices(), this);
  connect(impl_->head, &PrecisionHead::preset_chosen, this, &PrecisionTable::choose_preset);
  connect(impl_->head, &PrecisionHead::formats_asked, this, [this] { impl_->show_reference(); });
  connect(impl_->head, &PrecisionHead::save_asked, this, &PrecisionTable::save_asked);
  connect(impl_->head, &PrecisionHead::load_asked, this, &PrecisionTable::load_asked);
  impl_->make_view();
  impl_->legend = new QLabel(this);
  impl_->legend->setProperty("role", "hint");
  impl_->legend->setWordWrap(true);
  impl_->legend->hide();

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(spacing, spacing, spacing, spacing);
  layout->setSpacing(spacing);
  layout->addWidget(impl_->head);
  layout->addWidget(impl_->view, 1);
  layout->addWidget(impl_->legend);
  setTabOrder(impl_->head, impl_->view);
  set_policy(make_policy("full", 4));
}

PrecisionTable::~PrecisionTable() = default;

QSize PrecisionTable::sizeHint() const {
  return {680, 90 + 48 + PrecisionView::row_height * impl_->model->rowCount()};
}

void PrecisionTable::set_policy(const Policy& policy, const std::string& base_preset) {
  impl_->model->set_policy(policy);
  const auto& names = policy_preset_names();
  const bool known = std::find(names.begin(), names.end(), base_preset) != names.end();
  impl_->base = known ? base_preset : nearest_preset(policy, policy.name, impl_->half);
  impl_->refresh();
}

const Policy& PrecisionTable::policy() const {
  return impl_->policy();
}
const std::string& PrecisionTable::base_preset() const {
  return impl_->base;
}
bool PrecisionTable::is_custom() const {
  return impl_->differing() > 0;
}
int PrecisionTable::blocks() const {
  return impl_->blocks();
}

void PrecisionTable::set_blocks(int blocks) {
  blocks = std::max(1, blocks);
  if (blocks == impl_->blocks()) return;
  Policy table = make_policy(impl_->base, blocks, impl_->half);
  const auto& old = policy();
  table.name = old.name;
  table.layers.front() = old.layers.front();
  table.layers.back() = old.layers.back();
  for (int i = 1; i <= std::min(blocks, impl_->blocks()); ++i)
    table.layers[static_cast<std::size_t>(i)] = old.layers[static_cast<std::size_t>(i)];
  impl_->model->set_policy(table);
  if (!is_custom()) {
    table.name = impl_->base;
    impl_->model->set_policy(table);
  }
  impl_->refresh();
  updateGeometry();
}

void PrecisionTable::set_device(const DeviceInfo& device) {
  impl_->model->set_device(device);
  impl_->refresh();
}

void PrecisionTable::set_engine(const std::string& engine) {
  impl_->model->set_engine(engine);
  impl_->refresh();
}

void PrecisionTable::set_half(Format half) {
  impl_->half = half;
  impl_->refresh();
}

void PrecisionTable::set_read_only(bool read_only) {
  impl_->read_only = read_only;
  impl_->head->set_read_only(read_only);
}

void PrecisionTable::set_fault(const std::string& layer, const std::string& stage) {
  const auto names = layer_names(blocks());
  const auto found = std::find(names.begin(), names.end(), layer);
  const auto column = stage_from_name(stage);
  if (found == names.end() || !column) {
    clear_fault();
    return;
  }
  const int row = static_cast<int>(found - names.begin());
  impl_->model->set_fault(row, static_cast<int>(*column));
  impl_->view->scrollTo(impl_->model->index(row, static_cast<int>(*column)));
}

void PrecisionTable::clear_fault() {
  impl_->model->set_fault(-1, -1);
}

void PrecisionTable::choose_preset(const QString& preset) {
  if (impl_->read_only) return;
  const auto chosen = preset.toStdString();
  Policy table = impl_->preset(chosen);
  impl_->base = chosen;
  impl_->edit(std::move(table));
  impl_->refresh();
}

void PrecisionTable::choose_format(int layer, Stage stage, Format format) {
  impl_->edit(with_format(policy(), {layer, static_cast<int>(stage)}, format));
}

}  // namespace halfwave::widgets
