using SaeKernels.Abstractions;
using SaeKernels.Cpu;

namespace SaeKernels.Kernels.Tests.Cpu;

/// <summary>W_enc in 8-bit integers: kept between encodes, renewed by whatever changes the weights.</summary>
public sealed class RoundedEncoderTests
{
    [SkippableTheory]
    [InlineData(1, 17)]
    [InlineData(2, 20)]
    public void An_update_rounds_what_it_writes_as_rounding_all_of_it_does(int threads, int dIn)
    {
        using CpuBackend backend = Create(threads);
        using UpdatedEncoder encoder = new(backend, dIn);
        encoder.Encode();
        encoder.Encode();
        Assert.Equal(1, backend.WeightRoundings);

        float[] before = encoder.Weights();
        encoder.Update();
        Assert.Equal(encoder.Expected(), encoder.Encode());
        Assert.Equal(1, backend.WeightRoundings);
        Assert.NotEqual(before, encoder.Weights());

        encoder.Update(averages: true);
        Assert.Equal(encoder.Expected(), encoder.Encode());
        Assert.Equal(1, backend.WeightRoundings);
    }

    [SkippableFact]
    public void Weights_that_were_changed_otherwise_are_rounded_anew()
    {
        using CpuBackend backend = Create(2);
        UpdatedEncoder.RequireRoundingAfterEachChange(backend, () => backend.WeightRoundings);
    }

    // There is room for one: an update that rounded would do so in vain.
    [SkippableFact]
    public void Encoders_that_take_turns_are_rounded_as_they_encode()
    {
        using CpuBackend backend = Create(2);
        using UpdatedEncoder one = new(backend, 20);
        using UpdatedEncoder other = new(backend, 9);
        for (int turn = 1; turn <= 3; turn++)
        {
            Assert.Equal(one.Expected(), one.Encode());
            one.Update();
            Assert.Equal(other.Expected(), other.Encode());
            other.Update();
            Assert.Equal(2 * turn, backend.WeightRoundings);
        }
    }

    [SkippableFact]
    public void Updates_between_which_nobody_encodes_round_nothing()
    {
        using CpuBackend backend = Create(2);
        using UpdatedEncoder encoder = new(backend, 20);
        encoder.Encode();
        encoder.Encode();
        encoder.Update();
        encoder.Update();
        Assert.Equal(encoder.Expected(), encoder.Encode());
        Assert.Equal(2, backend.WeightRoundings);
    }

    private static CpuBackend Create(int threads)
    {
        Skip.IfNot(Int8Tile.IsAvailable, "This processor has no VNNI, or it is switched off.");
        return new CpuBackend(threads, EncoderPrecision.ExactInt8);
    }
}
