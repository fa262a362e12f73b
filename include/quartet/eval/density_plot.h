#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace quartet::eval {

/// A smooth estimate of how scores spread over 0 .. 1.
struct Density {
  std::vector<double> heights;  ///< at the middles of equal cells of 0 .. 1; their mean is 1
  double bandwidth = 0;         ///< the kernel's standard deviation
  double mean = 0;              ///< of the values
  std::size_t count = 0;        ///< values that are numbers; without any the heights are empty
};

/// Silverman's rule of thumb: .9 min(standard deviation, interquartile range / 1.34) n^(-1/5); a spread of 0 leaves the
/// other, and never below two cells of the estimate. Units: those of the values, of which `values` has at least one.
/// Source: B. W. Silverman, Density Estimation for Statistics and Data Analysis (1986), equation 3.31.
double silverman_bandwidth(std::vector<double> values);

/// Gaussian kernel density of the values that are numbers, reflected at 0 and 1; values beyond them count as 0 and 1.
/// Values are put into cells first, so that a million of them take no longer than the cells.
Density estimate_density(std::span<const double> values);

/// The share of rows within 1e-3 of .25: what the Python package gives when nothing matches.
double share_at_quarter(std::span<const double> values);

/// One curve.
struct DensitySeries {
  std::string name;
  std::span<const double> values;  ///< what is not a number is left out
  bool is_baseline = false;        ///< drawn grey, behind the others
};

struct DensityOptions {
  std::string axis;           ///< what the scores are, below the axis
  bool mark_quarter = false;  ///< compat scores: say so where more than 5 % of the rows of a series are at .25
  int first_colour = 0;       ///< of the style's series colours
};

/// Densities over one axis 0 .. 1 as a figure (inline SVG and a caption) with means marked; empty where no series has a
/// number.
std::string density_plot(const std::string& title, std::span<const DensitySeries> series,
                         const DensityOptions& options = {});

}  // namespace quartet::eval
