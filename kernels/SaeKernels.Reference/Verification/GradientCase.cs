using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The inputs of the operations that compute the gradients of latents.</summary>
internal sealed class GradientCase
{
    private readonly VerificationShape shape;

    public GradientCase(VerificationInputs inputs, VerificationShape shape, bool withAux, bool project)
    {
        this.shape = shape;
        this.Project = project;
        HostCodes codes = inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: !withAux);
        HostCodes? auxCodes = withAux ? inputs.Codes(shape.Batch, shape.DSae, shape.AuxK, rowsVary: false) : null;
        this.List = HostList.Of(codes, auxCodes, shape.DSae);
        this.Input = inputs.Reals((long)shape.Batch * shape.DIn);
        this.Residuals = inputs.Reals((withAux ? 2L : 1L) * shape.Batch * shape.DOut, 0.5, most: 1);
        this.WEnc = inputs.Reals((long)shape.DSae * shape.DIn, 1 / Math.Sqrt(shape.DIn), most: 1);
        this.WDec = inputs.Reals((long)shape.DSae * shape.DOut, 1 / Math.Sqrt(shape.DOut), most: 1);
        // Powers of two keep whole numbers exact; the others are no float32 numbers.
        this.ResidualScale = shape.Integers ? -0.5 : -2.0 / (3 * Math.Max(1, shape.Batch));
        this.AuxResidualScale = withAux ? (shape.Integers ? -0.25f : -0.0371f) : null;
    }

    public bool Project { get; }

    public HostList List { get; }

    public float[] Input { get; }

    public float[] Residuals { get; }

    public float[] WEnc { get; }

    public float[] WDec { get; }

    public double ResidualScale { get; }

    public float? AuxResidualScale { get; }

    public static IEnumerable<(bool WithAux, bool Project)> Variants(VerificationShape shape)
    {
        yield return (false, false);
        yield return (false, true);
        if (shape.AuxK > 0)
        {
            yield return (true, true);
        }
    }

    public LatentGradientInputs Place(Workbench bench) => new()
    {
        List = bench.List(this.List, this.List.Rows.Length, isConstant: true).List,
        Input = bench.Input("Input", this.Input).Matrix(this.shape.Batch, this.shape.DIn),
        Residuals = bench.Input("Residuals", this.Residuals).Matrix(
            this.Residuals.Length / this.shape.DOut, this.shape.DOut),
        ResidualScale = this.ResidualScale,
        AuxResidualScale = this.AuxResidualScale is float scale ? bench.Input("AuxResidualScale", [scale]).Slot : null,
        ProjectDecoderGradient = this.Project,
    };

    public override string ToString() =>
        (this.Project ? "projected" : "not projected") + (this.AuxResidualScale is null ? "" : ", with auxiliary rows");
}
