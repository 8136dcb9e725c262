using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>A price of what is not active in a verification case.</summary>
internal sealed class InactiveCase
{
    private readonly VerificationShape shape;
    private readonly int[]? mask;

    public InactiveCase(VerificationShape shape, bool byDecoderNorm, bool masked)
    {
        this.shape = shape;
        this.ByDecoderNorm = byDecoderNorm;
        this.mask = masked ? new VerificationInputs(shape).Flags(shape.DSae) : null;
    }

    /// <summary>Whether latents pay by the length of their decoder row.</summary>
    public bool ByDecoderNorm { get; }

    /// <summary>Where what latents pay was placed.</summary>
    public WorkbenchBuffer<float>? Sums { get; private set; }

    private double Scale => this.shape.Integers ? 0.25 : 0.0173;

    /// <summary>The derivative of the loss by what a latent pays; 0 outside the mask.</summary>
    public Bounded PriceOf(int latent) => Pays(latent) ? Bounded.Rounded(this.Scale) : default;

    public bool Pays(int latent) => this.mask is null || this.mask[latent] != 0;

    public InactivePenalty Place(Workbench bench, RealBuffer bEnc)
    {
        this.Sums = bench.Output("Inactive.Sums", this.shape.DSae);
        return new InactivePenalty
        {
            Scale = this.Scale,
            ByDecoderNorm = this.ByDecoderNorm,
            BEnc = bEnc,
            Mask = this.mask is null ? null : bench.Ints("Inactive.Mask", this.mask, isConstant: true).Ints,
            Sums = this.Sums.Reals,
        };
    }
}
