using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x, negative ones clipped to 0; the largest of each of K groups of consecutive latents
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn · (3 + batch / 96) bytes → bound by the multiply-add units
/// Launch     as EncodeTopK, in float32 always
/// Shared     DSae · DIn for the packed W_enc; input, tiles and 8 · K bytes a row of a block a thread    Barriers  one
/// Order      d ascending from b_enc, fused; latents ascending; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|); the selection is exact for these numbers
/// Source     sparsify 1.3, activation groupmax
/// </summary>
internal static class EncodeGroupMax
{
    public static void Run(CpuContext context, in EncodeGroupMaxArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        EncoderInputs inputs = new(arguments.Input, arguments.WEnc, arguments.BEnc, arguments.Aux);
        GroupMaxSelection selection = new(context, arguments.Codes, arguments.WEnc.Rows, arguments.K);
        Encoder.Run(context, inputs, selection);
        CodeRows.Close(arguments.Codes, arguments.Input.Rows, arguments.K);
    }
}
