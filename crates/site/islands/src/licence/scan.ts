// Reads a QR code from a picture or the camera: by the browser itself where it can, otherwise (pictures only) by jsQR, which is
// fetched when the first picture comes.
interface Detector {
  detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}

const LARGEST = 1600;
const GIVE_UP_MS = 60_000;

function detector(): Detector | undefined {
  const Maker = (window as unknown as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }).BarcodeDetector;
  return Maker ? new Maker({ formats: ['qr_code'] }) : undefined;
}

export async function readPicture(file: Blob): Promise<string | undefined> {
  try {
    const bitmap = await createImageBitmap(file);
    const found = await detector()?.detect(bitmap).catch(() => []);
    return found?.[0]?.rawValue ?? (await readPixels(bitmap));
  } catch {
    return undefined; // not a picture
  }
}

async function readPixels(bitmap: ImageBitmap): Promise<string | undefined> {
  const shrink = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * shrink);
  canvas.height = Math.round(bitmap.height * shrink);
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  const { default: jsQR } = await import('jsqr');
  return jsQR(data, width, height)?.data;
}

/** Watches until a code is seen, or for a minute. */
export async function watchCamera(video: HTMLVideoElement): Promise<string | undefined> {
  const eye = detector();
  if (!eye) return undefined;
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch {
    return undefined; // not allowed
  }
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  try {
    for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; ) {
      const found = await eye.detect(video).catch(() => []);
      if (found[0]) return found[0].rawValue;
      await new Promise((next) => setTimeout(next, 200));
    }
    return undefined;
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    video.hidden = true;
  }
}
