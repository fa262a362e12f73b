#include "quartet/base/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace quartet::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Html, NothingOfATextIsMarkup) {
  EXPECT_EQ(escape_html("<a href=\"x\">&\x01</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;\xe2\x90\x81&lt;/a&gt;");
  EXPECT_THAT(html_page("a < b", "<p>body</p>"), AllOf(HasSubstr("a &lt; b"), HasSubstr("<p>body</p>")));
}

TEST(Html, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(escape_html("a\xe2\x80\xae"
                        "b\xef\xbb\xbf\xc2\x85\x7f\r\n\t"),
            "a[U+202E]b[U+FEFF][U+0085]\xe2\x90\xa1\xe2\x90\x8d\n\t");
  EXPECT_EQ(escape_html("\xff\xe2\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "malformed bytes";
  EXPECT_EQ(escape_html("\xd7\xa9\xf0\x9f\x98\x80\xe4\xb8\xad"), "\xd7\xa9\xf0\x9f\x98\x80\xe4\xb8\xad");
}

TEST(LineChart, DrawsEverySeriesInsideTheFrame) {
  const std::vector<ChartSeries> series = {{"loss", {{1, 4}, {2, 2}, {3, 1}}, true}, {"held out", {{3, 1.5}}}};
  const std::string svg = line_chart("training", "step", series);
  EXPECT_THAT(svg, AllOf(HasSubstr(">loss<"), HasSubstr(">held out<"), HasSubstr(">step<")));
  EXPECT_THAT(svg, HasSubstr("M64 28L404 180L744 256")) << "the first and last point stand at the frame's corners";
}

TEST(LineChart, LeavesOutWhatIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(line_chart("t", "x", {}), "");
  EXPECT_EQ(line_chart("t", "x", std::vector<ChartSeries>{{"a", {{1, nan}}}}), "");
  const std::string svg = line_chart("t", "x", std::vector<ChartSeries>{{"a", {{1, nan}, {2, 3}}}});
  EXPECT_THAT(svg, Not(HasSubstr("nan"))) << "one point alone has a range too";
}

TEST(LineChart, OfRoundingErrorsHasFewTicks) {
  const ChartSeries series{"rate", {{1, 1.0}, {2, std::nextafter(1.0, 2.0)}}};
  const std::string svg = line_chart("t", "x", std::vector<ChartSeries>{series});
  EXPECT_LT(svg.size(), 3000u) << "each tick differs from the one before, so the axis ends";
}

TEST(LineChart, ThinsLongSeriesAndKeepsTheirSpikes) {
  ChartSeries series{"long", {}};
  for (int i = 0; i < 100000; ++i) series.points.emplace_back(i, i == 55555 ? 9.0 : 1.0);
  const std::string svg = line_chart("t", "x", std::vector<ChartSeries>{series});
  EXPECT_LT(std::count(svg.begin(), svg.end(), 'L'), 1300);
  EXPECT_THAT(svg, HasSubstr(" 28L")) << "the spike reaches the top";
}

}  // namespace
}  // namespace quartet::base
