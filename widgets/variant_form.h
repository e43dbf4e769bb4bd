#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

#include <memory>
#include <vector>

namespace halfwave::widgets {

/// What sets one variant apart from the experiment that all of them are.
struct VariantChoice {
  enum class Kind { table, preset, schedule, file };
  Kind kind = Kind::preset;
  QString policy;      ///< the preset's name, or the file
  QString engine;      ///< empty = as the operator says
  QString stabilizer;  ///< empty = as the policy says
  QString name;        ///< made of the others: `mixed, fft`
};

/// Chooses two to four variants of the experiment, or some of a shipped comparison, and how they take turns.
class VariantForm : public QWidget {
  Q_OBJECT
 public:
  explicit VariantForm(QWidget* parent = nullptr);
  ~VariantForm() override;

  /// Names of the shipped comparisons.
  void set_templates(const QStringList& names);
  /// What the table of the experiment is now, and what all variants have in common.
  void set_experiment(const QString& policy, const QString& common);
  /// The variants of the template that was chosen, with what each sets; the first four are ticked.
  void show_template(const std::vector<std::pair<QString, QStringList>>& variants);
  void set_busy(bool busy);

  /// The template's name; empty for a choice of one's own.
  QString chosen_template() const;
  /// Ticked variants of the template, by number.
  std::vector<std::size_t> chosen_of_template() const;
  /// Ticked variants of one's own.
  std::vector<VariantChoice> choices() const;
  bool in_turn() const;
  /// Adds a policy file to the choices of a row and picks it, as the dialog would.
  void choose_file(int row, const QString& file);

 Q_SIGNALS:
  void template_chosen(const QString& name);
  void start_requested();

 private:
  void build();
  void show_kind();
  void count();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace halfwave::widgets
