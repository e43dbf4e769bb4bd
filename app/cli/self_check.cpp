#include "app/cli/self_check.h"

#include <cmath>
#include <exception>
#include <limits>

namespace halfwave::cli {

void Deviation::add(double error) {
  ++cases_;
  if (std::isnan(error))
    worst_ = std::numeric_limits<double>::infinity();
  else if (error > worst_)
    worst_ = error;
}

SelfCheck run_check(const std::string& kernel, const std::string& subject, double tolerance,
                    const std::function<void(Deviation&)>& body) {
  SelfCheck check{kernel, subject, 0, 0.0, tolerance, "cpu", ""};
  Deviation deviation;
  try {
    body(deviation);
  } catch (const std::exception& error) {
    check.problem = error.what();
  }
  check.cases = deviation.cases();
  check.worst = deviation.worst();
  return check;
}

std::vector<SelfCheck> run_self_checks() {
  std::vector<SelfCheck> checks;
  check_rounding(checks);
  check_accumulation(checks);
  check_spectral(checks);
  check_pointwise(checks);
  check_training(checks);
  return checks;
}

}  // namespace halfwave::cli
