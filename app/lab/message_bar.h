#pragma once

#include <QFrame>
#include <QString>

class QLabel;
class QPushButton;
class QToolButton;

namespace halfwave::lab {

/// A line above the views that says one thing without getting in the way. Stays until it is closed, answered
/// or replaced.
class MessageBar : public QFrame {
  Q_OBJECT
 public:
  enum class Kind { information, warning, error };

  explicit MessageBar(QWidget* parent = nullptr);

  void show_message(Kind kind, const QString& text);
  /// With a button; `activated` follows when it is pressed. A second one, which says no, gives `refused`.
  void show_message(Kind kind, const QString& text, const QString& button, const QString& no = {});
  void dismiss();

  Kind kind() const { return kind_; }
  QString text() const;

 Q_SIGNALS:
  void activated();
  void refused();
  void dismissed();
  void closed();  ///< dismissed by a person

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void show_icon();

  Kind kind_ = Kind::information;
  QLabel* icon_ = nullptr;
  QLabel* label_ = nullptr;
  QPushButton* button_ = nullptr;
  QPushButton* no_ = nullptr;
  QToolButton* close_ = nullptr;
};

}  // namespace halfwave::lab
