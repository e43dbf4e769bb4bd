#pragma once

#include "core/device/device.h"

#include <functional>
#include <string>
#include <vector>

namespace halfwave::cli {

/// One kernel against its reference: a closed form in fp64, or integer arithmetic.
struct SelfCheck {
  std::string kernel;
  std::string subject;  ///< format, engine or what else was varied
  int cases = 0;
  double worst = 0.0;      ///< largest error, relative to the largest magnitude of each reference
  double tolerance = 0.0;  ///< what `worst` may be
  std::string device = "cpu";
  std::string problem;  ///< why it could not be carried through; empty otherwise
  bool passed() const { return problem.empty() && cases > 0 && worst <= tolerance; }
};

/// Adds up the cases of one check. A NaN is the worst error there is.
class Deviation {
 public:
  void add(double error);
  int cases() const { return cases_; }
  double worst() const { return worst_; }

 private:
  int cases_ = 0;
  double worst_ = 0.0;
};

/// Runs `body` and records what it found, an exception as a problem.
SelfCheck run_check(const std::string& kernel, const std::string& subject, double tolerance,
                    const std::function<void(Deviation&)>& body);

// The groups of checks, all on the CPU.
void check_rounding(std::vector<SelfCheck>& checks);
void check_accumulation(std::vector<SelfCheck>& checks);
void check_spectral(std::vector<SelfCheck>& checks);
void check_pointwise(std::vector<SelfCheck>& checks);
void check_training(std::vector<SelfCheck>& checks);

/// Every kernel of a device and both engines, forward and backward, against the CPU in fp64; on a card, also
/// whether steps leave memory behind.
void check_device(const DeviceInfo& device, std::vector<SelfCheck>& checks);

/// Every check of the CPU, in the order in which they are shown.
std::vector<SelfCheck> run_self_checks();

}  // namespace halfwave::cli
