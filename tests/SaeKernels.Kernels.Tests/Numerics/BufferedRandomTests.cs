using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class BufferedRandomTests
{
    private const int Draws = 400_000;

    [Fact]
    public void The_words_are_those_of_a_sequence_however_they_are_asked_for()
    {
        RandomSequence expected = new(9, RandomPurpose.Synthesis, step: 5);
        BufferedRandom random = new();
        random.Open(1, RandomPurpose.General, 0);
        _ = random.NextUInt32();
        random.Open(9, RandomPurpose.Synthesis, 5);
        uint[] words = new uint[150];
        for (int count = 0; count < words.Length; count += 7)
        {
            random.Next(words.AsSpan(0, count));
            foreach (uint word in words.AsSpan(0, count))
            {
                Assert.Equal(expected.NextUInt32(), word);
            }

            Assert.Equal(expected.NextDouble(), random.NextDouble());
        }
    }

    [Fact]
    public void Whole_numbers_are_equally_likely()
    {
        BufferedRandom random = Open(3);
        int[] counts = new int[7];
        for (int i = 0; i < Draws; i++)
        {
            counts[random.NextInt32(counts.Length)]++;
        }

        // Six standard deviations of a binomial count, at a seed that is fixed.
        double share = 1.0 / counts.Length;
        double margin = 6 * Math.Sqrt(Draws * share * (1 - share));
        Assert.All(counts, count => Assert.InRange(count, (Draws * share) - margin, (Draws * share) + margin));
    }

    [Fact]
    public void Normal_draws_follow_the_normal_distribution()
    {
        // By Dvoretzky, Kiefer, Wolfowitz and Massart the empirical distribution is further off than e with a
        // probability of at most 2 exp(−2 n e²).
        double most = Math.Sqrt(Math.Log(2 / 1e-9) / (2.0 * Draws));
        BufferedRandom random = Open(4);
        double[] draws = [.. Enumerable.Range(0, Draws).Select(_ => random.NextNormal()).Order()];
        const double Step = 1.0 / 1024;
        double upTo = -8;
        double below = 0;
        for (int i = 0; i < Draws; i++)
        {
            while (upTo < draws[i])
            {
                below += Step * Math.Exp(-0.5 * (upTo + (Step / 2)) * (upTo + (Step / 2))) / Math.Sqrt(2 * Math.PI);
                upTo += Step;
            }

            // The midpoint rule is exact to 10⁻⁷ here, and the last step reaches beyond by at most Step · φ(0).
            Assert.InRange(below, (i / (double)Draws) - most, ((i + 1) / (double)Draws) + most + Step);
        }
    }

    [Theory]
    [InlineData(3.0, 0.0013498980316300957)]
    [InlineData(3.65, 0.00013112015442048473)]
    [InlineData(4.0, 3.1671241833119965e-05)]
    public void Normal_draws_reach_the_tails_as_often_as_they_should(double from, double share)
    {
        const int Many = 4_000_000;
        BufferedRandom random = Open(5);
        int above = 0;
        int below = 0;
        for (int i = 0; i < Many; i++)
        {
            double draw = random.NextNormal();
            above += draw > from ? 1 : 0;
            below += draw < -from ? 1 : 0;
        }

        double expected = Many * share;
        double margin = 6 * Math.Sqrt(expected);
        Assert.InRange(above, expected - margin, expected + margin);
        Assert.InRange(below, expected - margin, expected + margin);
    }

    [Fact]
    public void Exponential_draws_follow_the_exponential_distribution()
    {
        double most = Math.Sqrt(Math.Log(2 / 1e-9) / (2.0 * Draws));
        BufferedRandom random = Open(6);
        double[] draws = [.. Enumerable.Range(0, Draws).Select(_ => random.NextExponential()).Order()];
        for (int i = 0; i < Draws; i++)
        {
            double expected = 1 - Math.Exp(-draws[i]);
            Assert.InRange(expected, (i / (double)Draws) - most, ((i + 1) / (double)Draws) + most);
        }
    }

    [Fact]
    public void A_step_outside_its_range_is_refused()
    {
        BufferedRandom random = new();
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Open(1, RandomPurpose.General, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Open(1, RandomPurpose.General, 1L << 48));
        random.Open(1, RandomPurpose.General, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt32(0));
    }

    private static BufferedRandom Open(ulong seed)
    {
        BufferedRandom random = new();
        random.Open(seed, RandomPurpose.General, 0);
        return random;
    }
}
