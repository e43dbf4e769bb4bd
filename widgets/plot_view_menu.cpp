#include "widgets/plot_legend.h"
#include "widgets/plot_view.h"
#include "widgets/qcustomplot_header.h"

#include <QActionGroup>
#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QSpinBox>
#include <QToolButton>
#include <QWidgetAction>

#include <algorithm>
#include <limits>

namespace halfwave::widgets {
namespace {

constexpr int most_smoothing = 9999;
constexpr auto folder_key = "plots/folder";

}  // namespace

void PlotView::make_menu() {
  menu_button_ = new QToolButton(this);
  menu_button_->setObjectName(QStringLiteral("plot_menu_button"));
  menu_button_->setText(QStringLiteral("⋮"));
  menu_button_->setAutoRaise(true);
  menu_button_->setAccessibleName(tr("View and save"));
  menu_button_->setToolTip(tr("Smoothing, where it can be chosen; save or copy the plot."));
  menu_button_->setPopupMode(QToolButton::InstantPopup);
  menu_button_->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
  auto* menu = new QMenu(menu_button_);
  menu->setToolTipsVisible(true);
  menu_button_->setMenu(menu);
  const auto add = [&](const char* name, const QString& text, auto&& act) {
    QAction* action = menu->addAction(text, this, act);
    action->setObjectName(name);
    return action;
  };
  first_save_ = add("plot_save_png", tr("Save as &picture (PNG)…"), [this] { ask_file("png", false); });
  add("plot_save_svg", tr("Save as &drawing (SVG)…"), [this] { ask_file("svg", false); });
  add("plot_save_csv", tr("Save &all data (CSV)…"), [this] { ask_file("csv", false); });
  add("plot_save_visible", tr("Save &visible data (CSV)…"), [this] { ask_file("csv", true); });
  menu->addSeparator();
  add("plot_copy_picture", tr("&Copy picture"),
      [this] { QApplication::clipboard()->setImage(plot_picture(*this)); });
  add("plot_copy_data", tr("Copy visible da&ta (CSV)"),
      [this] { QApplication::clipboard()->setText(csv(true)); });
}

void PlotView::offer_smoothing() {
  QMenu* menu = menu_button_->menu();
  auto* row = new QWidget(menu);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(12, 4, 12, 4);
  auto* label = new QLabel(tr("&Mean over"), row);
  smoothing_ = new QSpinBox(row);
  smoothing_->setObjectName(QStringLiteral("plot_smoothing"));
  smoothing_->setRange(1, most_smoothing);
  smoothing_->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  smoothing_->setSpecialValueText(tr("1 (off)"));
  smoothing_->setAccessibleName(tr("Steps to average over"));
  smoothing_->setToolTip(
      tr("Moving average over so many steps; over so many epochs where only epochs are drawn. The curve "
         "itself stays, pale, behind it."));
  label->setBuddy(smoothing_);
  layout->addWidget(label);
  layout->addWidget(smoothing_, 1);
  layout->addWidget(new QLabel(tr("steps"), row));
  auto* action = new QWidgetAction(menu);
  action->setDefaultWidget(row);
  menu->insertAction(first_save_, action);
  band_ = new QAction(tr("&Band from least to greatest"), menu);
  band_->setObjectName(QStringLiteral("plot_band"));
  band_->setCheckable(true);
  band_->setChecked(true);
  band_->setToolTip(tr("The least and the greatest of the points that are averaged over."));
  menu->insertAction(first_save_, band_);
  menu->insertSeparator(first_save_);
  const auto changed = [this] {
    keep();
    schedule_replot();
  };
  connect(smoothing_, &QSpinBox::valueChanged, this, changed);
  connect(band_, &QAction::toggled, this, changed);
}

void PlotView::offer_choice(const QString& name, const QString& title,
                            const QVector<QPair<QString, QString>>& choices,
                            const std::function<void(int)>& chosen) {
  QMenu* menu = menu_button_->menu();
  auto* submenu = new QMenu(title, menu);
  auto* group = new QActionGroup(submenu);
  group->setObjectName(name);
  for (const auto& [key, text] : choices) {
    QAction* action = submenu->addAction(text);
    action->setObjectName(name + u'_' + key);
    action->setData(key);
    action->setCheckable(true);
    group->addAction(action);
  }
  group->actions().first()->setChecked(true);
  for (int i = 0; i < choices.size(); ++i)
    connect(group->actions().at(i), &QAction::toggled, this, [this, chosen, i](bool on) {
      if (!on) return;
      chosen(i);
      keep();
    });
  menu->insertMenu(menu->actions().first(), submenu);
  choices_.append(group);
}

void PlotView::choose(const QString& name, int index) {
  for (const QActionGroup* group : choices_)
    if (group->objectName() == name) group->actions().at(index)->setChecked(true);
}

int PlotView::epochs_smoothed(int steps_per_epoch) const {
  return std::max(1, smoothing() / std::max(1, steps_per_epoch));
}

int PlotView::smoothing() const {
  return smoothing_ ? smoothing_->value() : 1;
}

void PlotView::set_smoothing(int points) {
  if (smoothing_) smoothing_->setValue(points);
}

bool PlotView::shows_band() const {
  return band_ && band_->isChecked();
}

void PlotView::remember_as(const QString& name) {
  const QSettings settings;
  const QString group = QStringLiteral("plots/") + name + u'/';
  if (smoothing_) {
    set_smoothing(settings.value(group + "smoothing", 1).toInt());
    band_->setChecked(settings.value(group + "band", true).toBool());
  }
  for (const QActionGroup* choice : choices_)
    for (QAction* action : choice->actions())
      if (action->data() == settings.value(group + choice->objectName())) action->setChecked(true);
  legend_->set_hidden(settings.value(group + "hidden").toStringList());
  kept_as_ = name;  // from here on every choice is kept
}

void PlotView::keep() {
  if (kept_as_.isEmpty()) return;
  QSettings settings;
  const QString group = QStringLiteral("plots/") + kept_as_ + u'/';
  if (smoothing_) {
    settings.setValue(group + "smoothing", smoothing());
    settings.setValue(group + "band", shows_band());
  }
  for (const QActionGroup* choice : choices_)
    settings.setValue(group + choice->objectName(), choice->checkedAction()->data());
  settings.setValue(group + "hidden", legend_->hidden());
}

QString PlotView::csv(bool visible_only) const {
  constexpr double all = std::numeric_limits<double>::infinity();
  const QCPRange range = plot_->xAxis->range();
  return plot_csv(plot_->xAxis->label(), columns(), visible_only ? range.lower : -all,
                  visible_only ? range.upper : all);
}

QString PlotView::save_to(const QString& path, bool visible_only) {
  if (path.endsWith(QStringLiteral(".csv"), Qt::CaseInsensitive))
    return write_plot_file(path, csv(visible_only).toUtf8());
  if (path.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive))
    return write_plot_file(path, plot_svg(*this));
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  plot_picture(*this).save(&buffer, "PNG");
  return write_plot_file(path, bytes);
}

void PlotView::ask_file(const QString& ending, bool visible_only) {
  const QString folder = QSettings().value(folder_key, QDir::homePath()).toString();
  QString name = accessibleName().toLower();
  name.replace(u' ', u'-');
  auto* dialog = new QFileDialog(this, tr("Save the plot"), folder + u'/' + name + u'.' + ending,
                                 tr("%1 files (*.%2)").arg(ending.toUpper(), ending));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(ending);
  connect(dialog, &QFileDialog::fileSelected, this, [this, ending, visible_only](const QString& chosen) {
    QString path = chosen;
    if (!path.endsWith(u'.' + ending, Qt::CaseInsensitive)) path += u'.' + ending;
    QSettings().setValue(folder_key, QFileInfo(path).absolutePath());
    const QString problem = save_to(path, visible_only);
    if (!problem.isEmpty()) Q_EMIT save_failed(problem);
  });
  dialog->open();
}

QSize PlotView::picture_size() const {
  return size().expandedTo(sizeHint());
}

void PlotView::draw_plot(QCPPainter& painter, QSize size) {
  const bool cursor = cursor_->visible();
  cursor_->setVisible(false);
  plot_->toPainter(&painter, size.width(), size.height());
  cursor_->setVisible(cursor);
  schedule_replot();
}

}  // namespace halfwave::widgets
