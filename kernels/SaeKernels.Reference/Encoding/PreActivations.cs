using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The pre-activations of an encoder, one row at a time, rounded to the stored precision.</summary>
internal readonly struct PreActivations<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly RealRows<T> input;
    private readonly RealRows<T> wEnc;
    private readonly Reals<T> bEnc;
    private readonly double[] ofRow;

    public PreActivations(RealMatrix input, RealMatrix wEnc, RealBuffer bEnc)
    {
        this.input = RealRows<T>.Of(input);
        this.wEnc = RealRows<T>.Of(wEnc);
        this.bEnc = Reals<T>.Of(bEnc);
        this.ofRow = new double[wEnc.Rows];
    }

    /// <summary>Returns p = b_enc + W_enc · x of a row; good until the next call.</summary>
    public double[] Of(int row)
    {
        for (int latent = 0; latent < this.ofRow.Length; latent++)
        {
            double sum = this.bEnc[latent];
            for (int d = 0; d < this.input.Columns; d++)
            {
                sum += this.wEnc[latent, d] * this.input[row, d];
            }

            this.ofRow[latent] = Reals<T>.Round(sum);
        }

        return this.ofRow;
    }
}
