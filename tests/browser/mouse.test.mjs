import { Mouse } from './hands.mjs';
import { walkTheStory } from './walk.mjs';

walkTheStory('the story at a desk, in English, by mouse', { name: 'mouse', language: 'en', size: 'desktop', hands: Mouse });
