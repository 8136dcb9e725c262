using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>An encoder's second selection: which latents are flagged, and the codes that it fills.</summary>
internal sealed class AuxCase
{
    private readonly VerificationShape shape;
    private readonly int[] flagged;
    private readonly WorkbenchCodes codes;

    private AuxCase(VerificationShape shape, int[] mask, int[] flagged, Workbench bench)
    {
        this.shape = shape;
        this.flagged = flagged;
        // The contract asks for room for batch · AuxK entries even where fewer latents are flagged.
        this.codes = bench.CodesOutput("AuxCodes", shape.Batch, shape.Batch * shape.AuxK);
        this.Selection = new AuxSelection
        {
            Mask = bench.Ints("Aux.Mask", mask, isConstant: true).Ints,
            K = shape.AuxK,
            Codes = this.codes.Codes,
        };
    }

    public AuxSelection Selection { get; }

    /// <summary>Places a second selection; null without a mask.</summary>
    public static AuxCase? Place(EncoderCase encoder, VerificationShape shape, int[]? mask, Workbench bench) =>
        mask is null ? null : new AuxCase(shape, mask, encoder.Flagged(mask), bench);

    public void Compare(Comparison comparison, Bounded[][] preActivations) => SelectionCheck.Compare(
        "AuxCodes",
        comparison,
        this.shape,
        this.codes,
        Math.Min(this.shape.AuxK, this.flagged.Length),
        preActivations,
        this.flagged);
}
