#pragma once

#include "core/device/device.h"
#include "core/precision/policy.h"

#include <QWidget>

#include <memory>
#include <string>

namespace halfwave::widgets {

/// The policy as a table: a row is a layer, a column a stage, a cell its format, coloured by format and
/// marked when the device only emulates it. A click on a cell, a row header or a column header offers the
/// formats; a row's menu also its stabilizer, accumulation and gradients, which the line above the table sets
/// for all layers.
class PrecisionTable : public QWidget {
  Q_OBJECT

 public:
  explicit PrecisionTable(QWidget* parent = nullptr);
  ~PrecisionTable() override;

  /// Shows a policy; emits nothing. `base_preset` is what its changes are counted from; empty = the preset of
  /// the policy's name, or else the preset with the fewest differing cells.
  void set_policy(const Policy& policy, const std::string& base_preset = {});
  const Policy& policy() const;
  /// The preset that the policy is, or was edited from.
  const std::string& base_preset() const;
  /// True when at least one cell differs from the base preset.
  bool is_custom() const;

  /// Adds or removes block rows; new ones are as in the base preset. Emits nothing.
  void set_blocks(int blocks);
  int blocks() const;

  /// What the device computes natively; all formats count as native until this is called.
  void set_device(const DeviceInfo& device);
  /// The engine of the transforms, `fft` or `dft`: what is native depends on it.
  void set_engine(const std::string& engine);
  /// The 16-bit format of preset `amp`: fp16 or bf16.
  void set_half(Format half);
  /// Cells can be looked at but not edited.
  void set_read_only(bool read_only);

  /// Frames the cell where a value that is not finite was first seen, until `clear_fault`. Names that are no
  /// layer or stage frame nothing.
  void set_fault(const std::string& layer, const std::string& stage);
  void clear_fault();

  QSize sizeHint() const override;

 public Q_SLOTS:
  /// As if a person had done it: emits policy_edited when something changes.
  void choose_preset(const QString& preset);
  void choose_format(int layer, halfwave::Stage stage, halfwave::Format format);

 Q_SIGNALS:
  /// A person changed the policy: `policy` is the whole of it, its name a preset's or `custom`.
  void policy_edited(const halfwave::Policy& policy);
  /// The policy is to be written to a file, or one read from a file.
  void save_asked();
  void load_asked();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace halfwave::widgets
