#pragma once

#include "datasets/progress.h"

#include <functional>
#include <string>

namespace halfwave::datasets {

/// Makes one sample; has its own working memory.
using MakeSample = std::function<void(int sample)>;

/// Makes `samples` samples on `threads` threads (0 = as many as the machine has). `worker` is called once in
/// each thread. Inside, LibTorch computes on one thread. `what` begins the messages, for instance `Solving
/// Darcy flow`; from the first sample on they say how long the rest will take if that is more than a few
/// seconds. Throws Cancelled, or the first error of a worker.
void for_each_sample(int samples, int threads, const std::string& what, const Progress& progress,
                     const std::function<MakeSample()>& worker);

/// Throws FieldError (path `samples`) for no samples, or for more than 32 GB of values.
void check_samples(int samples, double values_per_sample);

/// Throws FieldError (path `resolution`) outside `least` … `most`.
void check_resolution(int resolution, int least, int most, const std::string& generator);

/// Throws FieldError (path `field`) for a value outside `least` … `most`, or not finite.
void check_range(const std::string& field, double value, double least, double most);

}  // namespace halfwave::datasets
