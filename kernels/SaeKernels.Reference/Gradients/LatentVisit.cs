using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The gradients of one latent after another, in float64.</summary>
internal sealed unsafe class LatentVisit<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly LatentGradientInputs inputs;
    private readonly RealRows<T> wDec;
    private readonly double auxResidualScale;

    public LatentVisit(LatentGradientInputs inputs, RealRows<T> wDec)
    {
        this.inputs = inputs;
        this.wDec = wDec;
        this.auxResidualScale = inputs.AuxResidualScale is ScalarSlot slot ? Host.Load<T>(slot) : 0;
        this.GradWEnc = new double[inputs.Input.Columns];
        this.GradWDec = new double[wDec.Columns];
    }

    public double[] GradWEnc { get; }

    public double[] GradWDec { get; }

    public double GradBEnc { get; private set; }

    public double SquaredNorm { get; private set; }

    public void Visit(int latent)
    {
        Array.Clear(this.GradWEnc);
        Array.Clear(this.GradWDec);
        this.GradBEnc = 0;
        int* offsets = Host.Ints(this.inputs.List.Offsets);
        for (int entry = offsets[latent]; entry < offsets[latent + 1]; entry++)
        {
            AddEntry(latent, entry);
        }

        if (this.inputs.ProjectDecoderGradient)
        {
            Project(latent);
        }

        this.SquaredNorm = (this.GradBEnc * this.GradBEnc)
            + this.GradWEnc.Sum(gradient => gradient * gradient)
            + this.GradWDec.Sum(gradient => gradient * gradient);
    }

    private void AddEntry(int latent, int entry)
    {
        int batch = this.inputs.Input.Rows;
        int row = Host.Ints(this.inputs.List.Rows)[entry];
        double value = Reals<T>.Of(this.inputs.List.Values)[entry];
        double scale = row < batch ? this.inputs.ResidualScale : this.auxResidualScale;
        RealRows<T> residuals = RealRows<T>.Of(this.inputs.Residuals);
        double gradLatent = 0;
        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            double gradReconstruction = scale * residuals[row, d];
            gradLatent += gradReconstruction * this.wDec[latent, d];
            this.GradWDec[d] += value * gradReconstruction;
        }

        RealRows<T> input = RealRows<T>.Of(this.inputs.Input);
        for (int d = 0; d < this.GradWEnc.Length; d++)
        {
            this.GradWEnc[d] += gradLatent * input[row % batch, d];
        }

        this.GradBEnc += gradLatent;
    }

    private void Project(int latent)
    {
        double along = 0;
        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            along += this.GradWDec[d] * this.wDec[latent, d];
        }

        for (int d = 0; d < this.GradWDec.Length; d++)
        {
            this.GradWDec[d] -= along * this.wDec[latent, d];
        }
    }
}
