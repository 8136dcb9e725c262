using SaeKernels.Abstractions;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>W_enc in low precision: kept between encodes, renewed by whatever changes the weights.</summary>
public sealed class RoundedWeightsTests
{
    // 17 columns go one by one, where two threads share a word of bfloat16; 20 go in packs of four.
    [Theory]
    [InlineData(EncoderPrecision.Bf16, 17)]
    [InlineData(EncoderPrecision.Bf16, 20)]
    [InlineData(EncoderPrecision.Tf32, 17)]
    [InlineData(EncoderPrecision.Tf32, 20)]
    [InlineData(EncoderPrecision.ExactBf16, 17)]
    [InlineData(EncoderPrecision.ExactTf32, 20)]
    [InlineData(EncoderPrecision.Bf16, 20, true)]
    public void An_update_writes_the_rounded_rows_that_rounding_all_of_them_gives(
        EncoderPrecision precision, int dIn, bool averages = false) => Simulators.Use(precision, (backend, _) =>
    {
        long roundings = backend.WeightRoundings;
        using UpdatedEncoder encoder = new(backend, dIn);
        encoder.Encode();
        encoder.Encode();
        Assert.Equal(roundings + 1, backend.WeightRoundings);

        float[] before = encoder.Weights();
        encoder.Update(averages);
        (int, double)[][] updated = encoder.Encode();
        Assert.Equal(roundings + 1, backend.WeightRoundings);
        Assert.NotEqual(before, encoder.Weights());

        encoder.WEnc.Upload(encoder.Weights());
        Assert.Equal(encoder.Encode(), updated);
        Assert.Equal(roundings + 2, backend.WeightRoundings);
    });

    [Fact]
    public void Weights_that_were_changed_otherwise_are_rounded_anew() => Simulators.Use(
        EncoderPrecision.ExactBf16,
        (backend, _) => UpdatedEncoder.RequireRoundingAfterEachChange(backend, () => backend.WeightRoundings));

    [Fact]
    public void Weights_of_another_encoder_are_rounded_anew() => Simulators.Use(
        EncoderPrecision.ExactBf16, (backend, _) =>
    {
        long roundings = backend.WeightRoundings;
        using UpdatedEncoder one = new(backend, 20);
        using UpdatedEncoder other = new(backend, 9);
        Assert.Equal(one.Expected(), one.Encode());
        Assert.Equal(other.Expected(), other.Encode());

        // Nobody asked for these since: the update has no rounded rows to write.
        one.Update();
        Assert.Equal(one.Expected(), one.Encode());
        Assert.Equal(roundings + 3, backend.WeightRoundings);
    });
}
