using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class PhiloxTests
{
    // Random123's known answers for philox4x32 with ten rounds; words are listed from 0 on, keys and counters likewise.
    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x299f31d0a4093822UL,
        0x85a308d3243f6a88UL,
        0x0370734413198a2eUL,
        0xd16cfe09u,
        0x94fdccebu,
        0x5001e420u,
        0x24126ea1u)]
    public void Known_answers_are_met(
        ulong key, ulong counterLow, ulong counterHigh, uint word0, uint word1, uint word2, uint word3) =>
        Assert.Equal((word0, word1, word2, word3), Philox.Generate(key, counterLow, counterHigh));

    [Theory]
    [InlineData(0UL, 0)]
    [InlineData(3UL, 4)]
    [InlineData(uint.MaxValue - 2UL, 76)]
    [InlineData(ulong.MaxValue - 5UL, 128)]
    public void Words_that_are_made_many_at_a_time_are_those_of_each_counter(ulong counterLow, int count)
    {
        uint[] words = new uint[count];
        Philox.Fill(0x299f31d0a4093822UL, counterLow, 0x0370734413198a2eUL, words);
        for (int i = 0; i < count; i += 4)
        {
            (uint, uint, uint, uint) expected = Philox.Generate(
                0x299f31d0a4093822UL, counterLow + ((ulong)i / 4), 0x0370734413198a2eUL);
            Assert.Equal(expected, (words[i], words[i + 1], words[i + 2], words[i + 3]));
        }
    }

    [Fact]
    public void Words_of_a_part_of_a_counter_are_refused() =>
        Assert.Throws<ArgumentException>(() => Philox.Fill(1, 2, 3, new uint[6]));

    [Fact]
    public void A_sequence_reads_the_words_of_one_counter_after_another()
    {
        RandomSequence sequence = new(42, RandomPurpose.Holdout, step: 7);
        (uint, uint, uint, uint) first = Philox.Generate(42, 0, (4UL << 48) | 7);
        (uint, uint, uint, uint) second = Philox.Generate(42, 1, (4UL << 48) | 7);
        Assert.Equal(
            first, (sequence.NextUInt32(), sequence.NextUInt32(), sequence.NextUInt32(), sequence.NextUInt32()));
        Assert.Equal(
            second, (sequence.NextUInt32(), sequence.NextUInt32(), sequence.NextUInt32(), sequence.NextUInt32()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    public void Whole_numbers_are_equally_likely(long bound)
    {
        const int Draws = 100_000;
        RandomSequence sequence = new(1, RandomPurpose.General);
        int[] counts = new int[bound];
        for (int i = 0; i < Draws; i++)
        {
            counts[sequence.NextInt64(bound)]++;
        }

        // Six standard deviations of a binomial count: one false alarm in 10⁸ seeds, and the seed is fixed.
        double expected = (double)Draws / bound;
        double margin = 6 * Math.Sqrt(expected * (1 - (1.0 / bound)));
        Assert.All(counts, count => Assert.InRange(count, expected - margin, expected + margin));
    }

    [Fact]
    public void Normal_draws_have_mean_zero_and_variance_one()
    {
        const int Draws = 100_000;
        RandomSequence sequence = new(3, RandomPurpose.General);
        double[] draws = new double[Draws];
        for (int i = 0; i < Draws; i++)
        {
            draws[i] = sequence.NextNormal();
        }

        // Six standard errors: 1/√n of the mean, √(2/n) of the variance.
        Assert.InRange(draws.Average(), -6 / Math.Sqrt(Draws), 6 / Math.Sqrt(Draws));
        Assert.InRange(
            draws.Average(draw => draw * draw), 1 - (6 * Math.Sqrt(2.0 / Draws)), 1 + (6 * Math.Sqrt(2.0 / Draws)));
    }

    [Fact]
    public void A_shuffle_keeps_every_item_and_is_the_same_for_the_same_seed()
    {
        int[] first = [.. Enumerable.Range(0, 100)];
        int[] second = [.. first];
        new RandomSequence(5, RandomPurpose.Shuffling, 2).Shuffle<int>(first);
        new RandomSequence(5, RandomPurpose.Shuffling, 2).Shuffle<int>(second);
        Assert.Equal(first, second);
        Assert.NotEqual(Enumerable.Range(0, 100), first);
        Assert.Equal(Enumerable.Range(0, 100), first.Order());
    }

    [Fact]
    public void Arguments_outside_their_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSequence(1, RandomPurpose.General, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSequence(1, RandomPurpose.General, 1L << 48));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSequence(1, RandomPurpose.General).NextInt64(0));
    }
}
