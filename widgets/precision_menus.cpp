#include "widgets/precision_menus.h"

#include "widgets/format_text.h"
#include "widgets/policy_colours.h"
#include "widgets/policy_text.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>

#include <algorithm>
#include <array>

namespace halfwave::widgets {
namespace {

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString tr(const char* source) {
  return QCoreApplication::translate("PrecisionTable", source);
}

template <typename Visit>
void each_cell(const PolicyModel& model, const CellChoice& cells, Visit visit) {
  for (int row = 0; row < model.rowCount(); ++row)
    for (int column = 0; column < stabilizer_column; ++column)
      if (cells.has(row, column) && model.exists(row, column)) visit(row, static_cast<Stage>(column));
}

template <typename Visit>
void each_row(const PolicyModel& model, const CellChoice& cells, Visit visit) {
  for (int row = 0; row < model.rowCount(); ++row)
    if (cells.has_row(row)) visit(row);
}

/// What is to be known of a format before it is chosen for some cells.
struct Offer {
  bool all_have_it = true;
  int can = 0, cannot = 0, emulated = 0;
  std::string problem;  ///< of the first stage that cannot take it
  QString problem_stage;
};

Offer look(const PolicyModel& model, const CellChoice& cells, Format format) {
  Offer offer;
  each_cell(model, cells, [&](int row, Stage stage) {
    const std::string problem = format_problem(stage, format);
    if (!problem.empty()) {
      if (offer.cannot++ == 0) offer.problem = problem, offer.problem_stage = stage_label(stage);
      return;
    }
    ++offer.can;
    offer.all_have_it = offer.all_have_it && model.layer(row)[stage] == format;
    offer.emulated += model.support(row, static_cast<int>(stage), format) == Support::emulated;
  });
  offer.all_have_it = offer.all_have_it && offer.can > 0;
  return offer;
}

QString capitalised(QString sentence) {
  if (!sentence.isEmpty()) sentence[0] = sentence[0].toUpper();
  return sentence;
}

QAction* add_choice(QMenu& menu, QActionGroup& group, const QString& label, bool checked) {
  auto* action = menu.addAction(label);
  action->setCheckable(true);
  action->setActionGroup(&group);
  action->setChecked(checked);
  return action;
}

bool is_storage(const CellChoice& cells) {
  return cells.column >= 0 && cells.column < stabilizer_column && is_stored(static_cast<Stage>(cells.column));
}

}  // namespace

void add_formats(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                 const PrecisionChoices& choices) {
  auto* group = new QActionGroup(&menu);
  const bool whole_table = cells.row < 0 && cells.column < 0;
  for (const auto format : all_formats) {
    const Offer offer = look(model, cells, format);
    QString right = format_brief(format);
    if (is_storage(cells))
      right = tr("%1 bytes a value").arg(storage_bytes(format));
    else if (model.device())
      right += offer.emulated > 0 ? tr("   ≈ emulated") : tr("   native");
    auto* action = add_choice(menu, *group, text(name(format)) + u'\t' + right, offer.all_have_it);
    action->setIcon(colour_swatch(format_colour(format), format_key_colour(format)));
    QString tip = format_tip(format);
    if (format == Format::fp64 && !whole_table) {
      action->setEnabled(offer.all_have_it);
      tip = tr("fp64 is for all stages of all layers or for none: choose it under All cells.");
    } else if (offer.can == 0) {
      action->setEnabled(false);
      tip = capitalised(offer.problem_stage + u' ' + QString::fromStdString(offer.problem)) + u'.';
    } else if (offer.cannot > 0) {
      tip += u'\n' + tr("Where it cannot be, nothing changes: %1 %2.")
                         .arg(offer.problem_stage, QString::fromStdString(offer.problem));
    }
    action->setToolTip(tip);
    QObject::connect(action, &QAction::triggered, &menu,
                     [choose = choices.format, cells, format] { choose(cells, format); });
  }
}

void add_stabilizers(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                     const PrecisionChoices& choices) {
  auto* group = new QActionGroup(&menu);
  const CellChoice column{cells.row, stabilizer_column};
  const auto all_are = [&](auto condition) {
    int rows = 0, good = 0;
    each_row(model, cells, [&](int row) {
      if (!model.exists(row, stabilizer_column)) return;
      ++rows;
      good += condition(model.layer(row));
    });
    return rows > 0 && good == rows;
  };
  for (const auto stabilizer : all_stabilizers) {
    const bool checked = all_are([&](const LayerPolicy& l) {
      return l.stabilizer == stabilizer && l.level() == default_level(stabilizer);
    });
    auto* action = add_choice(menu, *group, stabilizer_label(stabilizer), checked);
    action->setToolTip(stabilizer_help(stabilizer));
    QObject::connect(action, &QAction::triggered, &menu,
                     [choose = choices.stabilizer, column, stabilizer] { choose(column, stabilizer); });
  }
  menu.addSeparator();
  bool has_level = false;
  each_row(model, cells, [&](int row) {
    has_level = has_level ||
                (model.exists(row, stabilizer_column) && default_level(model.layer(row).stabilizer) > 0.0);
  });
  auto* level = menu.addAction(tr("Level…"));
  level->setEnabled(has_level);
  level->setToolTip(has_level ? tr("Type another level in the cell.")
                              : tr("None of these has a level; hard clip, clip and scale have one."));
  QObject::connect(level, &QAction::triggered, &menu, [choose = choices.level, column] { choose(column); });
}

void add_accumulation(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                      const PrecisionChoices& choices) {
  auto* group = new QActionGroup(&menu);
  for (const auto accumulation : {Accumulation::fp32, Accumulation::strict}) {
    bool all = true;
    each_row(model, cells, [&](int row) { all = all && model.layer(row).accumulation == accumulation; });
    const bool strict = accumulation == Accumulation::strict;
    auto* action = add_choice(menu, *group,
                              text(name(accumulation)) + u'\t' +
                                  (strict ? tr("every partial sum is rounded") : tr("as tensor cores do")),
                              all);
    action->setToolTip(strict ? tr("Every product, every partial sum and every butterfly is rounded to the "
                                   "stage's format: the error grows with the length of the sum.")
                              : tr("Products are summed in fp32 and rounded once."));
    QObject::connect(action, &QAction::triggered, &menu,
                     [choose = choices.accumulation, cells, accumulation] { choose(cells, accumulation); });
  }
}

void add_gradients(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                   const PrecisionChoices& choices) {
  auto* group = new QActionGroup(&menu);
  for (const bool fp32 : {false, true}) {
    bool all = true;
    each_row(model, cells, [&](int row) { all = all && model.layer(row).fp32_gradients == fp32; });
    auto* action = add_choice(menu, *group,
                              fp32 ? QStringLiteral("fp32\t") + tr("only the forward pass is rounded")
                                   : tr("stage") + u'\t' + tr("in the stage's own format"),
                              all);
    action->setToolTip(fp32 ? tr("The backward pass computes in fp32 whatever the stage's format is.")
                            : tr("Gradients pass through the same stage's format."));
    QObject::connect(action, &QAction::triggered, &menu,
                     [choose = choices.gradients, cells, fp32] { choose(cells, fp32); });
  }
}

void fill_menu(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
               const PrecisionChoices& choices) {
  menu.setToolTipsVisible(true);
  const QString layer = model.layer_name(cells.row);
  const QString stage = model.headerData(cells.column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
  menu.addSection(cells.column < 0 ? tr("%1, every stage").arg(layer)
                  : cells.row < 0  ? tr("%1, every layer").arg(stage)
                                   : tr("%1, %2").arg(layer, stage));
  if (cells.column == stabilizer_column) {
    add_stabilizers(menu, model, cells, choices);
    return;
  }
  add_formats(menu, model, cells, choices);
  if (cells.column >= 0) return;
  menu.addSeparator();
  const auto submenu = [&](const QString& title) -> QMenu& {
    QMenu* inner = menu.addMenu(title);
    inner->setToolTipsVisible(true);
    return *inner;
  };
  if (model.exists(cells.row, stabilizer_column))
    add_stabilizers(submenu(tr("Stabilizer")), model, cells, choices);
  add_accumulation(submenu(tr("Σ Accumulation")), model, cells, choices);
  add_gradients(submenu(tr("∇ Gradients")), model, cells, choices);
}

}  // namespace halfwave::widgets
