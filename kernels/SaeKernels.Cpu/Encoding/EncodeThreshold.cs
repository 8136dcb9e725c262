using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; every p above its latent's threshold, as it is; 0 for those in a band below it
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn · (3 + batch / 96) + 32 · entries bytes → bound by the multiply-add units
/// Launch     as EncodeTopK; then one thread sorts the entries into rows, about 2 ns each
/// Shared     DSae · DIn for the packed W_enc; 12 bytes for each entry that the codes have room for   Barriers  one
/// Order      d ascending from b_enc, fused; latents ascending; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|); the selection is exact for these numbers, screened or not
/// Source     Bricken et al. 2023; Rajamanoharan et al. 2024, §2
/// </summary>
internal static unsafe class EncodeThreshold
{
    public static void Run(CpuContext context, in EncodeThresholdArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        EncoderInputs inputs = new(arguments.Input, arguments.WEnc, arguments.BEnc, arguments.Aux);
        ThresholdSelection selection = new(
            context,
            arguments.Codes,
            arguments.Input.Rows,
            arguments.WEnc.Rows,
            arguments.Threshold,
            arguments.Bandwidth);
        FlaggedLatents flagged = new(context, inputs);
        if (context.Screening.Applies(inputs, 1, flagged.Count))
        {
            ScreenedThreshold.Run(context, inputs with { Aux = null }, selection);
            flagged.Encode(context, inputs);
        }
        else
        {
            Encoder.Run(context, inputs, selection);
        }

        selection.Store(arguments.Codes, arguments.Input.Rows);
        if (arguments.Bandwidth > 0)
        {
            ClearBand(arguments);
        }
    }

    /// <summary>Sets what is not above its threshold to 0.</summary>
    private static void ClearBand(in EncodeThresholdArguments arguments)
    {
        float* values = HostPointers.Of(arguments.Codes.Values);
        int* indices = HostPointers.Of(arguments.Codes.Indices);
        float* thresholds = HostPointers.Of(arguments.Threshold!);
        int end = HostPointers.Of(arguments.Codes.RowOffsets)[arguments.Input.Rows];
        for (int entry = 0; entry < end; entry++)
        {
            values[entry] = values[entry] <= JumpRows.Of(thresholds[indices[entry]]) ? 0 : values[entry];
        }
    }
}
