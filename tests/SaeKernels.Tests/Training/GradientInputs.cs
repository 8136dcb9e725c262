using SaeKernels.Numerics;

namespace SaeKernels.Tests.Training;

/// <summary>
/// Parameters and a batch of a random shape in which nothing is spared: every latent has a twin with the same encoder,
/// two never fire, one vector activates nothing, another meets a latent exactly where it begins to fire, and the last
/// vector repeats the third.
/// </summary>
internal sealed class GradientInputs
{
    /// <summary>Its bias (and its twin's) is its pre-activation of the second vector, to the last bit.</summary>
    public const int KinkLatent = 6;

    // Every encoder row has a first weight of at most −1/2, so this far out no bias that is used here comes up to it.
    private const double FarOut = 12;

    private GradientInputs(FlatParameters layout, double[] start, double[][] batch, double[][]? targets)
    {
        this.Layout = layout;
        this.Start = start;
        this.Batch = batch;
        this.Targets = targets;
    }

    public FlatParameters Layout { get; }

    public double[] Start { get; }

    public double[][] Batch { get; }

    /// <summary>What a transcoder reconstructs; null where the batch is reconstructed.</summary>
    public double[][]? Targets { get; }

    /// <summary>The pre-activations of the batch at the start.</summary>
    public double[][] PreActivations => [.. this.Batch.Select(x => this.Layout.PreActivations(this.Start, x))];

    /// <summary>Draws normal numbers, lets the caller change parameters, and then plants what is hard.</summary>
    /// <param name="seed">Determines shape and numbers: 5 to 8 elements, 24 to 36 latents, 7 to 11 vectors.</param>
    /// <param name="shapeOf">What the parameters are, of a shape.</param>
    /// <param name="share">The share of pre-activations that are to be positive; null for whatever is drawn.</param>
    /// <param name="change">Changes normal numbers to what an architecture needs.</param>
    /// <param name="isTied">Whether the decoder is the encoder.</param>
    public static GradientInputs Draw(
        ulong seed,
        Func<FlatParameters, FlatParameters> shapeOf,
        double? share,
        Action<FlatParameters, double[]> change,
        bool isTied = false)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        FlatParameters layout = shapeOf(new FlatParameters(
            5 + (int)random.NextInt64(4), 24 + (6 * (int)random.NextInt64(3))));
        int rows = 7 + (2 * (int)random.NextInt64(3));
        double[][] batch = new double[rows][];
        double[][] targets = new double[rows][];
        for (int row = 0; row < rows; row++)
        {
            batch[row] = TrainingRuns.Normals(ref random, layout.DIn);
            targets[row] = TrainingRuns.Normals(ref random, layout.DOut);
        }

        double[] start = TrainingRuns.Normals(ref random, layout.Count);
        for (int latent = 0; latent < layout.Latents; latent++)
        {
            start[latent * layout.DIn] = -Math.Abs(start[latent * layout.DIn]) - 0.5;
        }

        change(layout, start);
        for (int d = 0; d < layout.DIn; d++)
        {
            double center = layout.TargetWidth is null ? start[layout.BDec + d] : 0;
            batch[0][d] = center + (d == 0 ? FarOut : 0);
            batch[1][d] = center;
        }

        batch[^1] = batch[2];
        GradientInputs inputs = new(layout, start, batch, layout.TargetWidth is null ? null : targets);
        inputs.CopyToTwins(isTied);
        inputs.ShiftBiases(share);
        return inputs;
    }

    private void ShiftBiases(double? share)
    {
        // Between two of them, so that nothing but what is planted lies where a latent begins to fire.
        double[] all = [.. this.PreActivations.SelectMany(row => row).Distinct().OrderDescending()];
        int last = (int)((share ?? 0) * all.Length);
        double cut = share is null ? 0 : (all[last] + all[last + 1]) / 2;
        foreach (ref double bias in this.Start.AsSpan(this.Layout.BEnc, this.Layout.Latents))
        {
            bias -= cut;
        }

        // The first pair never fires, and another one is where it begins to.
        this.Start.AsSpan(this.Layout.BEnc, 2).Fill(-100);
        this.Start.AsSpan(this.Layout.BEnc + KinkLatent, 2).Fill(
            this.Layout.Vectors == 1 ? this.Start[this.Layout.FirstVector + KinkLatent] : 0);
    }

    private void CopyToTwins(bool isTied)
    {
        FlatParameters layout = this.Layout;
        double[] start = this.Start;
        for (int latent = 0; latent < layout.Latents; latent += 2)
        {
            start.AsSpan(latent * layout.DIn, layout.DIn).CopyTo(start.AsSpan((latent + 1) * layout.DIn));
            start[layout.BEnc + latent + 1] = start[layout.BEnc + latent];
            for (int vector = 0; vector < layout.Vectors; vector++)
            {
                int first = layout.FirstVector + (vector * layout.Latents) + latent;
                start[first + 1] = start[first];
            }
        }

        if (isTied)
        {
            start.AsSpan(0, layout.WDec).CopyTo(start.AsSpan(layout.WDec));
        }
    }
}
