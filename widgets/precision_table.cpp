#include "widgets/precision_table.h"

#include "widgets/policy_edit.h"
#include "widgets/precision_cells.h"
#include "widgets/precision_view.h"
#include "widgets/theme.h"

#include <QActionGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

namespace halfwave::widgets {
namespace {

/// What a menu offers today; a policy that was read may hold more.
constexpr std::array offered_formats = {Format::fp32, Format::bf16, Format::fp16};
constexpr std::array offered_stabilizers = {Stabilizer::none, Stabilizer::tanh};
constexpr int row_height = 30;

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

}  // namespace

struct PrecisionTable::Impl {
  PrecisionTable* self = nullptr;
  PolicyModel* model = nullptr;
  PrecisionView* view = nullptr;
  QComboBox* presets = nullptr;
  QPushButton* all_button = nullptr;
  QLabel* note = nullptr;
  std::string base = "full";
  Format half = Format::fp16;
  bool read_only = false;

  const Policy& policy() const { return model->policy(); }
  int blocks() const { return std::max(0, model->rowCount() - 2); }
  Policy preset(const std::string& name) const { return make_policy(name, blocks(), half); }

  std::string nearest_preset(const Policy& table) const {
    const auto& names = policy_preset_names();
    const auto known = std::find(names.begin(), names.end(), table.name);
    if (known != names.end() && differing_cells(table, preset(*known)) == 0) return table.name;
    std::string best = names.front();
    int fewest = std::numeric_limits<int>::max();
    for (const auto& name : names) {
      const int cells = differing_cells(table, preset(name));
      if (cells < fewest) fewest = cells, best = name;
    }
    return best;
  }

  bool is_custom() const { return differing_cells(policy(), preset(base)) > 0; }

  /// Shows `table` after an edit; takes the name of the preset it equals, the base's first.
  void edit(Policy table) {
    if (read_only || differing_cells(table, policy()) == 0) return;
    table.name = "custom";
    std::vector<std::string> names = {base};
    names.insert(names.end(), policy_preset_names().begin(), policy_preset_names().end());
    for (const auto& name : names)
      if (differing_cells(table, preset(name)) == 0) {
        table.name = base = name;
        break;
      }
    model->set_policy(table);
    refresh();
    Q_EMIT self->policy_edited(policy());
  }

  using Cells = std::function<bool(int row, int column)>;

  void set_formats(const Cells& chosen, Format format) {
    Policy table = policy();
    if (format != Format::fp64) leave_fp64(table);
    for (int row = 0; row < model->rowCount(); ++row)
      for (int column = 0; column < stabilizer_column; ++column)
        if (model->exists(row, column) && chosen(row, column))
          table.layers[static_cast<std::size_t>(row)][static_cast<Stage>(column)] = format;
    edit(std::move(table));
  }

  void set_stabilizers(const Cells& chosen, Stabilizer stabilizer) {
    Policy table = policy();
    for (int row = 0; row < model->rowCount(); ++row)
      if (model->exists(row, stabilizer_column) && chosen(row, stabilizer_column))
        table.layers[static_cast<std::size_t>(row)].stabilizer = stabilizer;
    edit(std::move(table));
  }

  /// The formats for some cells, the one they have in common checked.
  void add_formats(QMenu& menu, const Cells& chosen, bool storage, bool with_fp64) {
    std::vector<Format> formats(offered_formats.begin(), offered_formats.end());
    auto* group = new QActionGroup(&menu);
    if (with_fp64) formats.insert(formats.begin(), Format::fp64);
    for (const auto format : formats) {
      QString label = text(name(format));
      label += storage ? PrecisionTable::tr("  –  %1 bytes").arg(storage_bytes(format))
                       : QStringLiteral("  –  ") + text(name(model->support(format)));
      auto* action = menu.addAction(label, self, [this, chosen, format] { set_formats(chosen, format); });
      action->setCheckable(true);
      action->setActionGroup(group);
      action->setChecked(all_are(chosen, format));
    }
  }

  bool all_are(const Cells& chosen, Format format) const {
    bool any = false;
    for (int row = 0; row < model->rowCount(); ++row)
      for (int column = 0; column < stabilizer_column; ++column) {
        if (!model->exists(row, column) || !chosen(row, column)) continue;
        if (policy().layers[static_cast<std::size_t>(row)][static_cast<Stage>(column)] != format)
          return false;
        any = true;
      }
    return any;
  }

  void add_stabilizers(QMenu& menu, const Cells& chosen) {
    auto* group = new QActionGroup(&menu);
    for (const auto stabilizer : offered_stabilizers) {
      auto* action = menu.addAction(text(name(stabilizer)), self,
                                    [this, chosen, stabilizer] { set_stabilizers(chosen, stabilizer); });
      action->setCheckable(true);
      action->setActionGroup(group);
      bool all = true;
      for (int row = 0; row < model->rowCount(); ++row)
        if (model->exists(row, stabilizer_column) && chosen(row, stabilizer_column))
          all = all && policy().layers[static_cast<std::size_t>(row)].stabilizer == stabilizer;
      action->setChecked(all);
    }
  }

  /// Opens the menu for one cell (row and column given), a row (column −1) or a column (row −1).
  void open_menu(int row, int column, const QPoint& global) {
    if (read_only || (row >= 0 && column >= 0 && !model->exists(row, column))) return;
    const Cells chosen = [row, column](int r, int c) {
      return (row < 0 || r == row) && (column < 0 || c == column);
    };
    auto* menu = new QMenu(self);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("format_menu"));
    const QString layer = model->headerData(row, Qt::Vertical, Qt::DisplayRole).toString();
    const QString stage = model->headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
    menu->addSection(column < 0 ? PrecisionTable::tr("%1, every stage").arg(layer)
                     : row < 0  ? PrecisionTable::tr("%1, every layer").arg(stage)
                                : PrecisionTable::tr("%1, %2").arg(layer, stage));
    if (column == stabilizer_column)
      add_stabilizers(*menu, chosen);
    else
      add_formats(
          *menu, chosen,
          column == static_cast<int>(Stage::saved_activations) || column == static_cast<int>(Stage::weights),
          false);
    menu->popup(global);
    for (auto* action : menu->actions())
      if (action->isChecked()) menu->setActiveAction(action);
    if (!menu->activeAction() && menu->actions().size() > 1) menu->setActiveAction(menu->actions().at(1));
  }

  void open_menu_at(const QModelIndex& index) {
    const QRect cell = view->visualRect(index);
    open_menu(index.row(), index.column(), view->viewport()->mapToGlobal(cell.bottomLeft()));
  }

  void open_menu_by_key(Qt::KeyboardModifiers modifiers) {
    const QModelIndex current = view->currentIndex();
    if (!current.isValid()) return;
    const QPoint below = view->viewport()->mapToGlobal(view->visualRect(current).bottomLeft());
    if (modifiers.testFlag(Qt::ShiftModifier))
      open_menu(current.row(), -1, below);
    else if (modifiers.testFlag(Qt::ControlModifier))
      open_menu(-1, current.column(), below);
    else
      open_menu_at(current);
  }

  void refresh() {
    const bool custom = is_custom();
    const QSignalBlocker quiet(presets);
    const int shipped = static_cast<int>(policy_preset_names().size());
    while (presets->count() > shipped) presets->removeItem(shipped);
    if (custom) presets->addItem(PrecisionTable::tr("custom (from %1)").arg(QString::fromStdString(base)));
    presets->setCurrentIndex(custom ? shipped : presets->findData(QString::fromStdString(base)));
    presets->setToolTip(custom ? PrecisionTable::tr("%n cell(s) differ from %1.", nullptr,
                                                    differing_cells(policy(), preset(base)))
                                     .arg(QString::fromStdString(base))
                               : text(policy_preset_help(base)));
    refresh_note();
  }

  void refresh_note() {
    const bool shown = model->any_emulated() && model->device();
    note->setVisible(shown);
    if (shown)
      note->setText(
          PrecisionTable::tr("≈ emulated on %1: computed in fp32 with exactly the format's roundings; "
                             "the speed is not the format's.")
              .arg(QString::fromStdString(model->device()->name)));
  }
};

PrecisionTable::PrecisionTable(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  impl_->self = this;
  setAccessibleName(tr("Precision policy"));
  impl_->model = new PolicyModel(this);

  auto* label = new QLabel(tr("&Policy"), this);
  impl_->presets = new QComboBox(this);
  impl_->presets->setAccessibleName(tr("Policy preset"));
  for (const auto& name : policy_preset_names()) {
    impl_->presets->addItem(QString::fromStdString(name), QString::fromStdString(name));
    impl_->presets->setItemData(impl_->presets->count() - 1, text(policy_preset_help(name)), Qt::ToolTipRole);
  }
  impl_->presets->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  label->setBuddy(impl_->presets);
  connect(impl_->presets, &QComboBox::activated, this, [this](int index) {
    const QString preset = impl_->presets->itemData(index).toString();
    if (!preset.isEmpty()) choose_preset(preset);
  });
  impl_->all_button = new QPushButton(this);
  impl_->all_button->setText(tr("All cells"));
  impl_->all_button->setToolTip(tr("Set every stage of every layer; fp64 is only for all of them together."));
  auto* all_menu = new QMenu(impl_->all_button);
  impl_->all_button->setMenu(all_menu);
  connect(all_menu, &QMenu::aboutToShow, this, [this, all_menu] {
    all_menu->clear();
    impl_->add_formats(
        *all_menu, [](int, int) { return true; }, false, true);
  });

  auto* view = impl_->view = new PrecisionView(this);
  view->setModel(impl_->model);
  view->setItemDelegate(new PolicyDelegate(view));
  view->setAccessibleName(tr("Format of each layer and stage"));
  view->setAccessibleDescription(tr("Enter changes a cell, Shift+Enter its row, Ctrl+Enter its column."));
  view->setSelectionMode(QAbstractItemView::NoSelection);
  view->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view->setShowGrid(false);
  view->setMouseTracking(true);
  view->setTabKeyNavigation(false);
  view->setCornerButtonEnabled(false);
  view->setStyleSheet(
      QStringLiteral("QHeaderView::section { padding: 4px; }"
                     "QTableCornerButton::section { background: palette(window); border: none; }"));
  view->verticalHeader()->setDefaultSectionSize(row_height);
  view->verticalHeader()->setMinimumSectionSize(row_height);
  view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  view->horizontalHeader()->setMinimumSectionSize(24);
  view->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  view->horizontalHeader()->setHighlightSections(false);
  view->verticalHeader()->setHighlightSections(false);
  view->horizontalHeader()->setSectionsClickable(true);
  view->verticalHeader()->setSectionsClickable(true);
  connect(view, &PrecisionView::menu_asked, this,
          [this](Qt::KeyboardModifiers modifiers) { impl_->open_menu_by_key(modifiers); });
  connect(view, &QTableView::clicked, this, [this](const QModelIndex& index) { impl_->open_menu_at(index); });
  connect(view->horizontalHeader(), &QHeaderView::sectionClicked, this, [this](int column) {
    const auto* header = impl_->view->horizontalHeader();
    impl_->open_menu(-1, column,
                     header->mapToGlobal(QPoint(header->sectionViewportPosition(column), header->height())));
  });
  connect(view->verticalHeader(), &QHeaderView::sectionClicked, this, [this](int row) {
    const auto* header = impl_->view->verticalHeader();
    impl_->open_menu(
        row, -1,
        header->mapToGlobal(QPoint(0, header->sectionViewportPosition(row) + header->sectionSize(row))));
  });

  impl_->note = new QLabel(this);
  impl_->note->setProperty("role", "hint");
  impl_->note->setWordWrap(true);
  impl_->note->hide();

  auto* top = new QHBoxLayout;
  top->setSpacing(spacing);
  top->addWidget(label);
  top->addWidget(impl_->presets);
  top->addWidget(impl_->all_button);
  top->addStretch(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(spacing, spacing, spacing, spacing);
  layout->setSpacing(spacing);
  layout->addLayout(top);
  layout->addWidget(view, 1);
  layout->addWidget(impl_->note);
  setTabOrder(impl_->presets, impl_->all_button);
  setTabOrder(impl_->all_button, view);
  connect(&theme_notifier(), &ThemeNotifier::changed, view->viewport(), qOverload<>(&QWidget::update));
  set_policy(make_policy("full", 4));
}

PrecisionTable::~PrecisionTable() = default;

QSize PrecisionTable::sizeHint() const {
  return {680, 90 + 48 + row_height * impl_->model->rowCount()};
}

void PrecisionTable::set_policy(const Policy& policy, const std::string& base_preset) {
  impl_->model->set_policy(policy);
  const auto& names = policy_preset_names();
  const bool known = std::find(names.begin(), names.end(), base_preset) != names.end();
  impl_->base = known ? base_preset : impl_->nearest_preset(policy);
  impl_->refresh();
}

const Policy& PrecisionTable::policy() const {
  return impl_->policy();
}
const std::string& PrecisionTable::base_preset() const {
  return impl_->base;
}
bool PrecisionTable::is_custom() const {
  return impl_->is_custom();
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
  if (!impl_->is_custom()) {
    table.name = impl_->base;
    impl_->model->set_policy(table);
  }
  impl_->refresh();
  updateGeometry();
}

void PrecisionTable::set_device(const DeviceInfo& device) {
  impl_->model->set_device(device);
  impl_->refresh_note();
}

void PrecisionTable::set_half(Format half) {
  impl_->half = half;
  impl_->refresh();
}

void PrecisionTable::set_read_only(bool read_only) {
  impl_->read_only = read_only;
  impl_->presets->setEnabled(!read_only);
  impl_->all_button->setEnabled(!read_only);
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
  const int column = static_cast<int>(stage);
  impl_->set_formats([layer, column](int r, int c) { return r == layer && c == column; }, format);
}

}  // namespace halfwave::widgets
