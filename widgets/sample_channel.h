#pragma once

#include <QWidget>

#include <string>
#include <vector>

class QLabel;
class QSlider;

namespace halfwave::widgets {

struct ChannelName {
  std::string title;  ///< over a picture, for instance `vorticity, t = 0.5`
  std::string mark;   ///< among the channels of its field: `t = 0.5`; empty when its number is all there is
};

/// Chooses one of several channels of a field by slider, with what the chosen one is beside it. Hidden while
/// there is only one.
class SampleChannel : public QWidget {
  Q_OBJECT
 public:
  SampleChannel(const QString& title, const QString& accessible_name, QWidget* parent = nullptr);

  /// The choice stays where it can. Emits nothing.
  void set_names(std::vector<ChannelName> names);
  int channel() const;
  /// Ignored when there is no such channel.
  void choose(int channel);
  /// Of the chosen one; empty while there is none.
  QString title() const;
  /// `t = 0.5 (2 of 4)`, or `channel 2 of 4`
  QString text() const;

 Q_SIGNALS:
  void chosen(int channel);

 private:
  void show_text();

  std::vector<ChannelName> names_;
  QSlider* slider_ = nullptr;
  QLabel* text_ = nullptr;
};

}  // namespace halfwave::widgets
