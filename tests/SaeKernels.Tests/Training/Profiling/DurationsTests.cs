using SaeKernels.Training;

namespace SaeKernels.Tests.Training.Profiling;

public class DurationsTests
{
    [Fact]
    public void An_odd_number_has_a_middle_one()
    {
        Durations durations = new([3, 1, 2]);

        Assert.Equal((1, 2, 3), (durations.Minimum, durations.Median, durations.Percentile90));
    }

    [Fact]
    public void An_even_number_has_the_mean_of_the_middle_two() =>
        Assert.Equal(2.5, new Durations([4, 1, 3, 2]).Median);

    [Fact]
    public void At_least_nine_of_ten_do_not_pass_the_ninetieth_percentile()
    {
        Assert.Equal(9, new Durations(Enumerable.Range(1, 10).Select(second => (double)second)).Percentile90);
        Assert.Equal(18, new Durations(Enumerable.Range(1, 20).Select(second => (double)second)).Percentile90);
        Assert.Equal(10, new Durations(Enumerable.Range(1, 11).Select(second => (double)second)).Percentile90);
    }

    [Fact]
    public void None_is_refused() => Assert.Throws<ArgumentException>(() => new Durations([]));
}
