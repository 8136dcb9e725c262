using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// W_enc in the precision of a product, kept from one encode to the next: rounded anew only where the buffer is
/// another, or was changed by anything but <see cref="UpdateLatents"/>, which writes the rounded rows too.
/// </summary>
/// <remarks>
/// A buffer counts every view that a kernel could write through (<see cref="IlgpuRealBuffer.Version"/>): an operation
/// that is not thought of here makes a rounding too many, never one too few.
/// </remarks>
internal sealed class RoundedWeights
{
    private readonly RoundOperand round;
    private RealMatrix? source;
    private long version;
    private OperandView operand;

    private RoundedWeights(RoundOperand round, UpdateLatents.Kernels updateKernels)
    {
        this.round = round;
        this.UpdateKernels = updateKernels;
    }

    /// <summary>The updates of latents that write the rounded rows too.</summary>
    public UpdateLatents.Kernels UpdateKernels { get; }

    /// <summary>How often the whole matrix was rounded.</summary>
    public long Roundings { get; private set; }

    /// <summary>Rounds for one kind of product.</summary>
    public static RoundedWeights For<TProduct>(KernelDevice device, RoundOperand round)
        where TProduct : struct, IMatrixProduct =>
        new(round, UpdateLatents.KernelsWith<Shadow<TProduct>, Untied>(device));

    /// <summary>Returns the rounded matrix, rounding it if it is not at hand.</summary>
    public OperandView Of(KernelDevice device, RealMatrix wEnc)
    {
        if (this.source != wEnc || this.version != device.Own(wEnc.Buffer).Version)
        {
            this.operand = this.round.Run("Screening.WEnc", device.ViewUnchanged(wEnc), wEnc.Rows, wEnc.Columns);
            this.Roundings++;
            MarkCurrent(device, wEnc);
        }

        return this.operand;
    }

    /// <summary>Returns where the rounded rows of a matrix belong; null where nobody has asked for them.</summary>
    public OperandView? Find(RealMatrix wEnc) => this.source == wEnc ? this.operand : null;

    /// <summary>Says that every rounded row is that of the matrix as it is now.</summary>
    public void MarkCurrent(KernelDevice device, RealMatrix wEnc)
    {
        this.source = wEnc;
        this.version = device.Own(wEnc.Buffer).Version;
    }
}
