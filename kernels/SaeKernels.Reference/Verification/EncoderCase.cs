using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>What an encoder reads, and the bounds of its pre-activations.</summary>
internal sealed class EncoderCase
{
    private readonly VerificationShape shape;
    private readonly float[] input;
    private readonly float[] wEnc;
    private readonly float[] bEnc;
    private Bounded[][]? preActivations;

    public EncoderCase(VerificationInputs inputs, VerificationShape shape)
        : this(
            shape,
            inputs.Reals((long)shape.Batch * shape.DIn),
            inputs.Reals((long)shape.DSae * shape.DIn, 1 / Math.Sqrt(shape.DIn), most: 1),
            inputs.Reals(shape.DSae, 0.1))
    {
    }

    public EncoderCase(VerificationShape shape, float[] input, float[] wEnc, float[] bEnc)
    {
        this.shape = shape;
        this.input = input;
        this.wEnc = wEnc;
        this.bEnc = bEnc;
        this.EveryLatent = [.. Enumerable.Range(0, shape.DSae)];
    }

    public int[] EveryLatent { get; }

    /// <summary>The latents that a mask flags; none without a mask.</summary>
    public int[] Flagged(int[]? mask) =>
        Array.FindAll(this.EveryLatent, latent => mask is not null && mask[latent] != 0);

    public RealMatrix PlaceInput(Workbench bench) =>
        bench.Input("Input", this.input).Matrix(this.shape.Batch, this.shape.DIn);

    public RealMatrix PlaceWEnc(Workbench bench) =>
        bench.Input("WEnc", this.wEnc).Matrix(this.shape.DSae, this.shape.DIn);

    public RealBuffer PlaceBEnc(Workbench bench) => bench.Input("BEnc", this.bEnc).Reals;

    /// <summary>The pre-activations of every row, which are computed once.</summary>
    public Bounded[][] PreActivations() =>
        this.preActivations ??= [.. Enumerable.Range(0, this.shape.Batch).Select(OfRow)];

    private Bounded[] OfRow(int row)
    {
        ReadOnlySpan<float> x = this.input.AsSpan(row * this.shape.DIn, this.shape.DIn);
        Bounded[] preActivations = new Bounded[this.shape.DSae];
        for (int latent = 0; latent < preActivations.Length; latent++)
        {
            ReadOnlySpan<float> weights = this.wEnc.AsSpan(latent * x.Length, x.Length);
            double sum = this.bEnc[latent];
            double magnitudes = Math.Abs(sum);
            for (int d = 0; d < x.Length; d++)
            {
                double product = (double)weights[d] * x[d];
                sum += product;
                magnitudes += Math.Abs(product);
            }

            // DIn + 1 terms, and one rounding more for the products where they are not fused.
            preActivations[latent] = Bounded.Exact(sum).WidenBySum(x.Length + 2, magnitudes);
        }

        return preActivations;
    }
}
